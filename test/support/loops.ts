// Short hands for tests of loops: bodies, and what has become of the instances in them.

import { mustInstance, stateOf } from '../../src/core/instance.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { restoreSnapshot, takeSnapshot } from '../../src/core/snapshot.ts'
import type { ExecutionState, NodeState } from '../../src/core/state.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { graph, type TestRun } from './run.ts'

export const value = (id: string, given: Json, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'value',
  config: { value: given },
  ...more,
})

export const http = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'http-request',
  config: { url: 'https://example.com/{{ item }}' },
  retry: { strategy: 'none' },
  ...more,
})

/** Fails an iteration whose item is `bad`, for its own reason. */
export const failing = (bad: string): readonly [JsonObject[], string[]] => [
  [
    { id: 'check', type: 'condition', config: { condition: bad } },
    { id: 'boom', type: 'fail', config: { code: 'BAD_ITEM', message: 'item {{ item }}' } },
    value('ok', '{{ item }}'),
  ],
  ['check:true>boom', 'check:false>ok'],
]

export const body = (nodes: readonly JsonObject[], edges: readonly (string | JsonObject)[] = []): JsonObject =>
  graph(nodes, edges)

/** A for-each called `each` over the input `list`, unless told otherwise. */
export const each = (of: JsonObject, config: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  id: 'each',
  type: 'for-each',
  config: { items: 'inputs.list', body: of, ...config },
  ...more,
})

export const loop = (of: JsonObject, config: JsonObject, more: JsonObject = {}): JsonObject => ({
  id: 'loop',
  type: 'loop',
  config: { body: of, ...config },
  ...more,
})

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

export const nodeAt = (run: Pick<TestRun, 'state'>, path: string): NodeState => stateOf(run.state, mustInstance(run.state, path))

export const statusAt = (run: Pick<TestRun, 'state'>, path: string): string => nodeAt(run, path).status

/** Paths of the instances that are under way. */
export const runningIn = ({ state }: Pick<TestRun, 'state'>): readonly string[] =>
  [['', state.nodes] as const, ...[...state.iterations].map(([path, { nodes }]) => [`${path}.`, nodes] as const)].flatMap(
    ([prefix, nodes]) => [...nodes].flatMap(([id, { status }]) => (status === 'running' ? [`${prefix}${id}`] : [])),
  )

/** Lets transitions that stopped at their step limit go on; answers how many there were. */
export function goOn(run: TestRun): number {
  let wakes = 0
  for (; run.state.phase.status === 'open' && run.effects.at(-1)?.type === 'continue'; wakes += 1) {
    run.effects.pop()
    run.send({ type: 'wake' })
  }
  return wakes
}

/** The state as an object that was evicted finds it, from a snapshot alone. */
export function restored(run: TestRun): ExecutionState {
  const created = run.journal[0]?.events[0]
  if (created?.type !== 'execution.created') throw new Error('a journal begins with the creation')
  const state = restoreSnapshot(JSON.parse(JSON.stringify(takeSnapshot(run.state))), created, nodeTypes)
  if (state === null) throw new Error('the snapshot is of other code')
  return state
}
