// The dry run is the core of every execution: random graphs, answered alike by a dry run and by a driver of this test's own, come to
// the same end.
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/core/command.ts'
import { decide } from '../../src/core/decide.ts'
import type { NodeDefinition } from '../../src/core/definition.ts'
import type { Effect } from '../../src/core/effect.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import { nextWakeAt } from '../../src/core/timers.ts'
import { placeOf } from '../../src/http/dry-run/mocks.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { runDryDefinition } from '../support/dry-run.ts'
import { EPOCH_START, identity, success } from '../support/run.ts'
import { Random } from './random.ts'
import { type RandomWorkflow, randomWorkflow } from './random-workflow.ts'

const seed = Number(process.env.MILLRACE_SIM_SEED ?? 1)
const RUNS = 400
const WAITS: ReadonlySet<string> = new Set(['wait-for-event', 'approval', 'task'])

const nodesIn = ({ nodes }: { readonly nodes: readonly NodeDefinition[] }, prefix = ''): (readonly [string, NodeDefinition])[] =>
  nodes.flatMap((node) => {
    const body = nodeTypes.get(node.type)?.kind === 'inline' ? nodeTypes.get(node.type)?.body?.(node.config) : null
    return [[prefix + node.id, node] as const, ...(body ? nodesIn(body, `${prefix}${node.id}.`) : [])]
  })

/** An answer for every node that touches the world. */
function mocksOf(random: Random, { definition }: RandomWorkflow): JsonObject {
  const touching = nodesIn(definition).filter(([, { type }]) => nodeTypes.get(type)?.kind === 'handed_off')
  return Object.fromEntries(
    touching.map(([place]): [string, Json] => [place, random.pick<Json>([1, 'text', null, [1, 2], { value: 3 }])]),
  )
}

/** Time passes only where nothing is left to be answered. */
function runReally({ definition, inputs }: RandomWorkflow, mocks: JsonObject): ExecutionState {
  const effects: Effect[] = []
  let now = EPOCH_START
  let state: ExecutionState | null = null
  const send = (command: Command): ExecutionState => {
    const decision = decide(state, command, now, nodeTypes)
    effects.push(...decision.effects)
    state = decision.state
    if (decision.state === null) throw new Error('a start gives a state')
    return decision.state
  }
  let current = send({ type: 'start', identity: identity(), definition, inputs })
  while (current.phase.status === 'open') {
    const effect = effects.shift()
    if (effect === undefined) now = Math.max(now, nextWakeAt(current) ?? Number.NaN)
    if (effect !== undefined && 'node' in effect) {
      const { node, attempt } = effect
      current = send({ type: 'settle', epoch: 1, node, attempt, result: success(mocks[placeOf(node)] ?? null) })
    } else current = send({ type: 'wake' })
  }
  return current
}

const resultOf = ({ phase, variables, path, errors, nodes, outputs }: ExecutionState) => ({
  phase,
  variables,
  path,
  errors,
  outputs,
  statuses: [...nodes].map(([id, { status }]) => [id, status]),
})

describe('random graphs, run dry', () => {
  it(`come to the same end as run really (seed ${seed})`, async () => {
    const ends = new Map<string, number>()
    for (let index = 0; index < RUNS; index += 1) {
      const random = new Random(seed, 'dry-run', index)
      const workflow = randomWorkflow(random, index % 2 === 0 ? 'ordered' : 'free')
      // Nobody sends events or answers to the driver of this test.
      if (nodesIn(workflow.definition).some(([, { type }]) => WAITS.has(type))) continue
      const mocks = mocksOf(random, workflow)
      const dry = await runDryDefinition(workflow.definition, { inputs: workflow.inputs, mocks })
      const really = runReally(workflow, mocks)
      expect({ index, ...resultOf(dry.state) }).toEqual({ index, ...resultOf(really) })
      ends.set(really.phase.status, (ends.get(really.phase.status) ?? 0) + 1)
    }
    expect([...ends.keys()].sort()).toEqual(['completed', 'failed'])
    expect(Math.min(...ends.values())).toBeGreaterThan(RUNS / 20)
  })

  it('come to an end whatever they wait for, and nobody answers', async () => {
    for (let index = 0; index < RUNS; index += 1) {
      const { definition, inputs } = randomWorkflow(new Random(seed, 'dry-waits', index), 'free')
      const { state } = await runDryDefinition(definition, {
        inputs,
        stored: { other: { nodes: [{ id: 'a', type: 'value', config: { value: 1 } }], edges: [] } },
      })
      expect(state.phase.status, `index ${index}`).not.toBe('open')
    }
  })
})
