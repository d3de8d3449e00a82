import { describe, expect, it } from 'vitest'
import { dueNodes, formatGoDuration, nextWakeAt } from '../../src/core/timers.ts'
import { EPOCH_START, graph, TestRun } from '../support/run.ts'

const delay = (id: string, seconds: number) => ({ id, type: 'delay', config: { delay_seconds: seconds } })

describe('the next wake', () => {
  it('is the earliest of timers, leases and the deadline', () => {
    const http = { id: 'call', type: 'http', config: { url: 'https://example.com/' } }
    expect(nextWakeAt(new TestRun(graph([delay('a', 60), delay('b', 5), http], [])).state)).toBe(EPOCH_START + 5_000)
    expect(nextWakeAt(new TestRun(graph([delay('a', 60), http], [])).state)).toBe(EPOCH_START + 30_000)
    expect(nextWakeAt(new TestRun(graph([delay('a', 60)], [], { settings: { timeout_seconds: 9 } })).state)).toBe(
      EPOCH_START + 9_000,
    )
  })

  it('is none once the execution has ended', () => {
    const run = new TestRun(graph([delay('a', 60)], []))
    run.cancel()
    expect(nextWakeAt(run.state)).toBeNull()
  })
})

it('due nodes come by their moment, then in definition order', () => {
  const run = new TestRun(graph([delay('late', 3), delay('one', 2), delay('two', 2), delay('later', 4)], []))
  expect(dueNodes(run.state, EPOCH_START + 3_000)).toEqual(['one', 'two', 'late'])
})

it.each([
  [300_000, '5m0s'],
  [60_000, '1m0s'],
  [100, '100ms'],
  [1_500, '1.5s'],
  [3_600_000, '1h0m0s'],
  [90_061_000, '25h1m1s'],
])('%i ms is %s, as Go prints it', (ms, text) => {
  expect(formatGoDuration(ms)).toBe(text)
})
