// Bugs that the seeded simulation found, each as the smallest graph that shows it.
import { describe, expect, it } from 'vitest'
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
