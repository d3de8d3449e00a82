// What operators ask of an open execution: pause, resume, a checkpoint, another time limit, a later start; and what a retry would do.
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import { mustInstance } from '../../src/core/instance.ts'
import { MAX_ATTEMPTS } from '../../src/core/limits.ts'
import type { RetryPolicy } from '../../src/core/retry.ts'
import { retrySchedule } from '../../src/core/retry-schedule.ts'
import { nextWakeAt } from '../../src/core/timers.ts'
import { blockedOn } from '../../src/history/blocked-on.ts'
import { executionSeconds } from '../../src/history/execution-seconds.ts'
import { executionStatus } from '../../src/history/execution-status.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { restored, value } from '../support/loops.ts'
import { EPOCH_START, failure, graph, success, TestRun } from '../support/run.ts'

const http = (id: string, more: object = {}) => ({ id, type: 'http', config: { url: 'https://example.com/' }, ...more })
const pause = (run: TestRun) => run.send({ type: 'pause', by: 'op', reason: 'lunch' })
const resume = (run: TestRun) => run.send({ type: 'resume', by: 'op' })
const limit = (run: TestRun, seconds: number | null) => run.send({ type: 'set_timeout', by: 'op', seconds })

describe('pause', () => {
  it('starts nothing new and lets what runs settle; resume goes on', () => {
    const run = new TestRun(graph([http('a'), http('b'), value('v', 1)], ['a>b', 'b>v']))
    pause(run)
    expect([executionStatus(run.state), run.state.paused]).toEqual(['paused', { at: run.now, by: 'op', reason: 'lunch' }])
    expect(run.settle('a', success()).effects).toEqual([])
    expect(run.statuses()).toEqual({ a: 'completed', b: 'pending', v: 'pending' })
    expect(resume(run).effects).toEqual([{ type: 'node.run', node: 'b', attempt: 1 }])
    expect(executionStatus(run.state)).toBe('running')
  })

  it('timers keep their moment and take effect on resume', () => {
    const run = new TestRun(graph([{ id: 'd', type: 'delay', config: { delay_seconds: 10 } }], []))
    pause(run)
    expect(nextWakeAt(run.state)).toBeNull()
    expect(run.wakeAfter(20_000).noOp).toBe('NOTHING_DUE')
    resume(run)
    expect(run.state.phase.status).toBe('completed')
  })

  it('the time limit stands still', () => {
    const run = new TestRun(graph([http('a', { timeout_seconds: 800 })], [], { settings: { timeout_seconds: 10 } }))
    run.now += 4_000
    pause(run)
    run.now += 60_000
    resume(run)
    expect(run.wakeAfter(5_999).noOp).toBe('NOTHING_DUE')
    run.wakeAfter(1)
    expect(run.state.phase).toMatchObject({ error: { code: 'EXECUTION_TIMEOUT' } })
  })

  it('a failure, the last node and a cancellation end a paused execution', () => {
    const failed = new TestRun(graph([http('a')], []))
    pause(failed)
    failed.settle('a', failure({ retryable: false }))
    const done = new TestRun(graph([http('a')], []))
    pause(done)
    done.settle('a', success())
    const cancelled = new TestRun(graph([http('a')], []))
    pause(cancelled)
    cancelled.cancel()
    const ends = [failed, done, cancelled].map(({ state }) => [state.phase.status, state.paused])
    expect(ends).toEqual([
      ['failed', null],
      ['completed', null],
      ['cancelled', null],
    ])
  })

  it('and resume have named no-ops', () => {
    const run = new TestRun(graph([http('a')], []))
    expect(resume(run).noOp).toBe('NOT_PAUSED')
    pause(run)
    expect(pause(run).noOp).toBe('ALREADY_PAUSED')
    run.cancel()
    expect([pause(run).noOp, resume(run).noOp, limit(run, 5).noOp]).toEqual(Array(3).fill('ALREADY_FINISHED'))
  })
})

it('a checkpoint names the sequence number that it is', () => {
  const run = new TestRun(graph([http('a')], []))
  const { seq } = run.state
  run.send({ type: 'checkpoint', by: 'op', name: 'before' })
  expect(run.state.seq).toBe(seq + 1)
  expect(run.journal.at(-1)).toMatchObject({ firstSeq: seq + 1, events: [{ type: 'execution.checkpointed', name: 'before' }] })
})

describe('the time limit of an open execution', () => {
  it('is counted from the first node', () => {
    const run = new TestRun(graph([http('a', { timeout_seconds: 800 })], []))
    run.now += 4_000
    limit(run, 10)
    expect(nextWakeAt(run.state)).toBe(EPOCH_START + 10_000)
    limit(run, null)
    run.wakeAfter(60_000)
    expect(run.state.phase.status).toBe('open')
  })

  it('that has passed already ends it now', () => {
    const run = new TestRun(graph([http('a')], []))
    run.now += 4_000
    limit(run, 4)
    const message = 'workflow execution timeout: exceeded 4s'
    expect(run.state.phase).toMatchObject({ status: 'failed', node: null, error: { code: 'EXECUTION_TIMEOUT', message } })
    expect(run.statuses()).toEqual({ a: 'cancelled' })
  })

  it('of a paused one takes effect on resume', () => {
    const run = new TestRun(graph([http('a')], []))
    run.now += 4_000
    pause(run)
    limit(run, 1)
    expect(run.state.phase.status).toBe('open')
    resume(run)
    expect(run.state.phase).toMatchObject({ error: { code: 'EXECUTION_TIMEOUT' } })
  })
})

describe('a start at a later moment', () => {
  const later = (seconds: number, more = {}) =>
    new TestRun(graph([http('a'), value('z', 1)], ['a>z'], more), {}, {}, { startAt: EPOCH_START + seconds * 1000 })

  it('is pending until then, and says what it waits for', () => {
    const run = later(60)
    expect(run.told()).toEqual(['execution.created'])
    expect([executionStatus(run.state), nextWakeAt(run.state)]).toEqual(['pending', EPOCH_START + 60_000])
    expect(blockedOn(run.state, mustInstance(run.state, 'a'))).toMatchObject({ kind: 'timer', until: '2026-01-01T00:01:00.000Z' })
    expect(executionSeconds(run.state, run.now)).toBe(0)
    expect(run.wakeAfter(59_999).noOp).toBe('NOTHING_DUE')
    expect(run.wakeAfter(1).effects).toEqual([{ type: 'node.run', node: 'a', attempt: 1 }])
    expect(run.state.startedAt).toBe(EPOCH_START + 60_000)
    expect([foldEntries(null, run.journal, nodeTypes), restored(run)]).toEqual([run.state, run.state])
  })

  it('counts its time limit from the first node', () => {
    const run = later(60, { settings: { timeout_seconds: 5 } })
    run.wakeAfter(60_000)
    expect(nextWakeAt(run.state)).toBe(EPOCH_START + 65_000)
  })

  it('can be cancelled, and recovered: then it begins', () => {
    const run = later(60)
    run.cancel()
    expect([run.state.phase.status, run.statuses()]).toEqual(['cancelled', { a: 'skipped', z: 'skipped' }])
    const { effects } = run.send({ type: 'recover', by: 'op' })
    expect(effects).toEqual([{ type: 'node.run', node: 'a', attempt: 1 }])
    expect(run.state.startedAt).toBe(run.now)
  })

  it('can be paused: it begins on resume', () => {
    const run = later(60)
    pause(run)
    expect([executionStatus(run.state), nextWakeAt(run.state)]).toEqual(['paused', null])
    expect(run.wakeAfter(90_000).noOp).toBe('NOTHING_DUE')
    resume(run)
    expect(run.node('a').status).toBe('running')
  })

  it('takes another time limit and keeps signals, beginning nothing', () => {
    const wait = { id: 'w', type: 'wait-for-event', config: { event: 'go' } }
    const run = new TestRun(graph([wait], []), {}, {}, { startAt: EPOCH_START + 1_000 })
    limit(run, 1)
    run.send({ type: 'signal', name: 'go', payload: 7, key: null, by: 'x' })
    expect(run.statuses()).toEqual({ w: 'pending' })
    run.wakeAfter(1_000)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 7 })
  })

  it('whose moment has passed begins at once', () => {
    expect(later(0).told()).toContain('execution.started')
    expect(later(-5).state.startAt).toBeNull()
  })
})

describe('the schedule of a retry policy', () => {
  const policy = (more: Partial<RetryPolicy> = {}): RetryPolicy => ({
    strategy: 'exponential',
    max_attempts: 3,
    initial_delay_ms: 1000,
    max_delay_ms: 60_000,
    multiplier: 2,
    jitter: 'full',
    ...more,
  })

  it('has both bounds of the jitter and ends with the failure that is final', () => {
    expect(retrySchedule(policy(), 5)).toEqual([
      { failure: 1, outcome: 'retry', delayMs: { min: 0, max: 1000 }, elapsedMs: { min: 0, max: 1000 } },
      { failure: 2, outcome: 'retry', delayMs: { min: 0, max: 2000 }, elapsedMs: { min: 0, max: 3000 } },
      { failure: 3, outcome: 'fail', delayMs: null, elapsedMs: null },
    ])
    expect(retrySchedule(policy({ jitter: 'none' }), 1)).toEqual([
      { failure: 1, outcome: 'retry', delayMs: { min: 1000, max: 1000 }, elapsedMs: { min: 1000, max: 1000 } },
    ])
  })

  it('knows the bound on the time of all attempts', () => {
    const bounded = retrySchedule(policy({ max_elapsed_seconds: 2 }), 3)
    expect(bounded.map(({ outcome }) => outcome)).toEqual(['retry', 'may_retry', 'fail'])
    expect(retrySchedule(policy({ jitter: 'none', max_elapsed_seconds: 2 }), 3).map(({ outcome }) => outcome)).toEqual([
      'retry',
      'fail',
    ])
  })

  it('of no retries is one failure', () => {
    expect(retrySchedule(policy({ strategy: 'none' }), MAX_ATTEMPTS)).toHaveLength(1)
  })
})
