// Bugs that the seeded simulation found, each as the smallest graph that shows it.
import { describe, expect, it } from 'vitest'
import { planReplay, type ReplayRequest } from '../../src/core/plan-replay.ts'
import { restoreSnapshot, takeSnapshot } from '../../src/core/snapshot.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { failure, graph, success, TestRun } from '../support/run.ts'

const http = (id: string) => ({ id, type: 'http-request', config: { url: 'https://example.com/' } })

describe('an attempt that the transition itself has ended again is not given out', () => {
  it('where a node of the same wave fails the execution', () => {
    const run = new TestRun(graph([http('a'), { id: 'f', type: 'fail', config: {} }], []))
    expect(run.statuses()).toEqual({ a: 'cancelled', f: 'failed' })
    expect(run.effects).toEqual([])
  })

  it('where a join of the same wave needs it no more', () => {
    const value = { id: 'v', type: 'value', config: { value: 1 } }
    const end = { id: 'j', type: 'end', config: {}, join: 'any', cancel_rest: true }
    const run = new TestRun(graph([value, http('a'), end], ['v>j', 'a>j']))
    expect(run.statuses()).toEqual({ v: 'completed', a: 'cancelled', j: 'completed' })
    expect(run.effects).toEqual([])
  })

  it('where a retry that is due at the same moment fails the execution', () => {
    const flaky = { id: 'f', type: 'fail', config: { retryable: true }, retry: { max_attempts: 2, jitter: 'none' } }
    const run = new TestRun(graph([{ ...http('a'), retry: { jitter: 'none' } }, flaky], []))
    run.settle('a', failure())
    const effects = run.wakeAfter(1_000).effects
    expect(run.statuses()).toEqual({ a: 'cancelled', f: 'failed' })
    expect(effects).toEqual([])
  })
})

it('a snapshot keeps the order of outputs, which expressions can see', () => {
  const run = new TestRun(graph([http('a'), http('b'), http('c')], []))
  run.settle('b', success(1))
  run.settle('a', success(2))
  const created = run.journal[0]?.events[0]
  if (created?.type !== 'execution.created') throw new Error('the first event is the creation')
  const restored = restoreSnapshot(takeSnapshot(run.state), created, nodeTypes)
  expect(Object.keys(restored?.outputs ?? {})).toEqual(['b', 'a'])
  expect(restored).toEqual(run.state)
})

/** Replays as a caller asks for it. */
function replay(run: TestRun, request: ReplayRequest): void {
  const planning = planReplay(run.state, request, nodeTypes)
  if ('issues' in planning) throw new Error(JSON.stringify(planning.issues))
  run.send({ type: 'replay', by: 'admin', plan: planning.plan })
}

it('after `recover` as much is kept as before the failure', () => {
  const assigning = { id: 'v', type: 'set-variables', config: { assign: { name: 'value' } } }
  const loop = { id: 'l', type: 'for-each', config: { items: '[1]', body: { nodes: [http('a')], edges: [] } } }
  const run = new TestRun(graph([assigning, loop, { ...http('b'), retry: { strategy: 'none' } }], []))
  const { keptCharacters } = run.state
  run.settle('b', failure())
  run.send({ type: 'recover', by: 'admin' })
  expect(run.statuses()).toEqual({ v: 'completed', l: 'iterating', b: 'running' })
  expect(run.state.keptCharacters).toBe(keptCharacters)
})

it('a node has one path', () => {
  const run = new TestRun(graph([http('a')], []))
  expect(run.settle('.a', success()).noOp).toBe('UNKNOWN_NODE')
})

it('a child that has ended is not cancelled, though its output fails the node that waited for it', () => {
  const parent = { id: 'w', type: 'workflow', config: { workflow_id: 'child' }, on_error: 'continue' }
  const end = { id: 'e', type: 'end', config: {} }
  const run = new TestRun(graph([parent, end, http('b')], [{ from: 'w', to: 'e', when: 'inputs.missing' }]))
  run.settle('w', { kind: 'child', executionId: 'c' })
  const { effects } = run.send({
    type: 'child_ended',
    parent: { executionId: 'p', epoch: 1, node: 'w', failures: 0 },
    executionId: 'c',
    end: { status: 'completed', output: 1 },
  })
  expect(run.node('w').status).toBe('failed')
  expect(effects).toEqual([])
  expect(run.state.orphans).toEqual([])
})

it('a failed node that a replay gives an output comes last, in the path as among the outputs', () => {
  const failing = { id: 'f', type: 'fail', config: {} }
  const value = { id: 'v', type: 'value', config: { value: 1 } }
  const run = new TestRun(graph([failing, value], []))
  replay(run, { patch: { f: { output: 'given' } } })
  expect(run.state.path).toEqual(Object.keys(run.state.outputs))
})

it('a `loop` that a replay takes back to an earlier round has the state of that round', () => {
  const body = { nodes: [http('a')], edges: [] }
  const run = new TestRun(graph([{ id: 'l', type: 'loop', config: { while: 'iteration < 2', initial: 'first', body } }], []))
  run.settle('l[0].a', success('second'))
  run.settle('l[1].a', success('third'))
  replay(run, { from: 'l[0]' })
  expect(run.node('l')).toMatchObject({ status: 'iterating', loop: { started: 1, state: 'first' } })
})
