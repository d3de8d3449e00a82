import { describe, expect, it } from 'vitest'
import type { ExecutionEvent } from '../../src/core/event.ts'
import { executionStatus } from '../../src/history/execution-status.ts'
import { at, created, fold, journal, refused, started } from './journal.ts'

const birth = created({ nodes: { call: 'http-request', sleep: 'delay', last: 'value' }, edges: ['call>last', 'sleep>last'] })
const runs: ExecutionEvent = { type: 'node.started', node: 'call', attempt: 1, config: {}, leaseUntil: at(60) }
const sleeps: ExecutionEvent = { type: 'node.waiting', node: 'sleep', resumeAt: at(60) }
const retries: ExecutionEvent = { type: 'node.retry_scheduled', node: 'call', attempt: 1, error: refused, resumeAt: at(9) }

const statusAfter = (...events: ExecutionEvent[]) => executionStatus(fold(journal([birth, ...events])))

describe('executionStatus', () => {
  it('is pending before the start', () => expect(statusAfter()).toBe('pending'))
  it('is running while no node has begun', () => expect(statusAfter(started)).toBe('running'))
  it('is running while a node runs, whatever else waits', () => expect(statusAfter(started, sleeps, runs)).toBe('running'))
  it('is waiting on a timer', () => expect(statusAfter(started, sleeps)).toBe('waiting'))
  it('is waiting for a retry', () => expect(statusAfter(started, runs, retries)).toBe('waiting'))
  it('is running again once the waits are over', () =>
    expect(statusAfter(started, sleeps, { type: 'node.completed', node: 'sleep' })).toBe('running'))

  it.each<[ExecutionEvent, string]>([
    [{ type: 'execution.completed', output: null }, 'completed'],
    [{ type: 'execution.failed', error: refused, node: 'call' }, 'failed'],
    [{ type: 'execution.cancelled', by: 'ada', reason: null }, 'cancelled'],
  ])('takes the end as it is: %o', (end, status) => expect(statusAfter(started, runs, end)).toBe(status))
})
