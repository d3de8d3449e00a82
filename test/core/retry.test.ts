import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_RETRY_AFTER_SECONDS } from '../../src/core/limits.ts'
import { nodeError } from '../../src/core/node-error.ts'
import { delayAfter, drawFrom, isRetried, nextAttemptAt, type RetryPolicy } from '../../src/core/retry.ts'
import { failure, graph, TestRun } from '../support/run.ts'

const policy = (partial: Partial<RetryPolicy> = {}): RetryPolicy => ({
  strategy: 'exponential',
  max_attempts: 3,
  initial_delay_ms: 1000,
  max_delay_ms: 60_000,
  multiplier: 2,
  jitter: 'none',
  ...partial,
})
const passing = nodeError('NETWORK_ERROR', 'no answer', { retryable: true })
const final = nodeError('INPUT_INVALID', 'no number')

describe('delays without jitter', () => {
  it.each([
    ['exponential', policy(), [1000, 2000, 4000, 8000]],
    ['linear', policy({ strategy: 'linear' }), [1000, 2000, 3000, 4000]],
    ['fixed', policy({ strategy: 'fixed' }), [1000, 1000, 1000, 1000]],
    ['bounded', policy({ max_delay_ms: 3000 }), [1000, 2000, 3000, 3000]],
    ['multiplier', policy({ multiplier: 10, initial_delay_ms: 5 }), [5, 50, 500, 5000]],
  ])('%s', (_, given, delays) => {
    expect([1, 2, 3, 4].map((failures) => delayAfter(given, failures))).toEqual(delays)
  })
})

describe('which failures are retried', () => {
  it.each([
    ['its own class says so', policy(), passing, true],
    ['its own class says no', policy(), final, false],
    ['retry_on overrules its class', policy({ retry_on: ['INPUT_INVALID'] }), final, true],
    ['give_up_on wins over all', policy({ retry_on: ['NETWORK_ERROR'], give_up_on: ['NETWORK_ERROR'] }), passing, false],
    ['strategy none never retries', policy({ strategy: 'none', retry_on: ['NETWORK_ERROR'] }), passing, false],
  ])('%s', (_, given, error, retried) => {
    expect(isRetried(given, error)).toBe(retried)
  })
})

describe('the next attempt', () => {
  const question = { policy: policy(), error: passing, failures: 1, startedAt: 0, now: 10_000, draw: 0.25 }

  it('is due after the delay, shortened by full jitter', () => {
    expect(nextAttemptAt(question)).toBe(11_000)
    expect(nextAttemptAt({ ...question, policy: policy({ jitter: 'full' }) })).toBe(10_250)
  })

  it('is never due once the attempts are used up; the first counts', () => {
    expect(nextAttemptAt({ ...question, failures: 2 })).toBe(12_000)
    expect(nextAttemptAt({ ...question, failures: 3 })).toBeNull()
  })

  it('waits as long as the server asks, also above max_delay_ms, up to an hour', () => {
    const asking = (seconds: number) => ({ ...question, error: { ...passing, retry_after_seconds: seconds } })
    expect(nextAttemptAt(asking(120))).toBe(130_000)
    expect(nextAttemptAt(asking(MAX_RETRY_AFTER_SECONDS))).toBe(10_000 + MAX_RETRY_AFTER_SECONDS * 1000)
    expect(nextAttemptAt(asking(MAX_RETRY_AFTER_SECONDS + 1))).toBeNull()
  })

  it('is not made past max_elapsed_seconds', () => {
    expect(nextAttemptAt({ ...question, policy: policy({ max_elapsed_seconds: 11 }) })).toBe(11_000)
    expect(nextAttemptAt({ ...question, policy: policy({ max_elapsed_seconds: 10.9 }) })).toBeNull()
  })
})

describe('chance', () => {
  it('is drawn from its parts alone, in [0, 1)', () => {
    const draws = Array.from({ length: 1000 }, (_, attempt) => drawFrom('id', 'node', 1, attempt))
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true)
    expect(new Set(draws).size).toBe(1000)
    expect(drawFrom('id', 'node', 1, 0)).toBe(draws[0])
  })
})

describe('in an execution', () => {
  const call = (retry?: JsonObject) => ({
    id: 'a',
    type: 'http',
    config: { url: 'https://example.com/' },
    ...(retry && { retry }),
  })

  it('a server that asks for more than an hour fails the node, which says how long', () => {
    const run = new TestRun(graph([call()], []))
    run.settle('a', failure({ code: 'HTTP_STATUS', status: 429, retry_after_seconds: 7200 }))
    expect(run.state.phase).toMatchObject({
      status: 'failed',
      error: { code: 'HTTP_STATUS', cause: { retry_after_seconds: 7200 } },
    })
  })

  it('the workflow`s policy holds where the node has none', () => {
    const run = new TestRun(graph([call()], [], { settings: { retry: { strategy: 'none' } } }))
    run.settle('a', failure())
    expect(run.state.phase.status).toBe('failed')
  })

  it('an inline node is retried only where a policy asks for it', () => {
    const fail = { id: 'f', type: 'fail', config: { code: 'LATER', message: 'not yet', retryable: true } }
    expect(new TestRun(graph([fail], [])).state.phase.status).toBe('failed')
    const retried = new TestRun(graph([{ ...fail, retry: { strategy: 'fixed', max_attempts: 2, jitter: 'none' } }], []))
    expect(retried.node('f')).toMatchObject({ status: 'retrying', attempt: 1 })
    retried.wakeAfter(1000)
    expect(retried.state.phase).toMatchObject({ status: 'failed', error: { code: 'LATER' } })
    expect(retried.node('f')).toMatchObject({ status: 'failed', error: { attempts: 2 } })
  })
})
