// The task of src/execution that a Runner gets: when its attempt began, by the journal alone.
import { describe, expect, it } from 'vitest'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { failure, graph, TestRun } from '../support/run.ts'

const call = (more = {}) => ({
  id: 'a',
  type: 'http-request',
  config: { url: 'http://x.test' },
  retry: { strategy: 'fixed', initial_delay_ms: 500, jitter: 'none' },
  ...more,
})

describe('the moment at which an attempt began', () => {
  it('is that of its own start, whenever it is asked for', () => {
    const run = new TestRun(graph([call()], []))
    const begun = run.now
    run.now += 50
    expect(attemptTask(run.state, 'a').startedAt).toBe(begun)
    run.settle('a', failure())
    run.wakeAfter(500)
    expect(attemptTask(run.state, 'a')).toMatchObject({ attempt: 2, startedAt: begun + 550 })
  })

  it('is that of its claim where it came by the task queue', () => {
    const run = new TestRun(graph([call({ timeout_seconds: 60 })], []))
    run.now += 7_000
    run.send({ type: 'claim', epoch: 1, node: 'a', attempt: 1 })
    expect(attemptTask(run.state, 'a').startedAt).toBe(run.now)
  })
})

describe('the time that an attempt has', () => {
  it.each([
    [1.005, 1_005],
    [0.0001, 1],
    [20, 20_000],
  ])('is whole milliseconds: of %d s, %d', (seconds, ms) => {
    const run = new TestRun(graph([call({ timeout_seconds: seconds })], []))
    expect(attemptTask(run.state, 'a').timeoutMs).toBe(ms)
  })
})
