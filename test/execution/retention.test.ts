import { describe, expect, it } from 'vitest'
import { DEFAULT_RETENTION_DAYS, expiresAt } from '../../src/execution/retention.ts'
import { EPOCH_START, graph, TestRun } from '../support/run.ts'

const DAY_MS = 24 * 3600 * 1000
const value = [{ id: 'a', config: { value: 1 } }]

describe('the moment an execution expires', () => {
  it('is none while it is open', () => {
    expect(expiresAt(new TestRun(graph([{ id: 'p', type: 'delay', config: { delay_seconds: 5 } }], [])).state)).toBeNull()
  })

  it('is counted from its end', () => {
    expect(expiresAt(new TestRun(graph(value, [])).state)).toBe(EPOCH_START + DEFAULT_RETENTION_DAYS * DAY_MS)
    const week = new TestRun(graph(value, [], { settings: { retention_days: 7 } }))
    expect(expiresAt(week.state)).toBe(EPOCH_START + 7 * DAY_MS)
  })

  it('is a whole millisecond', () => {
    const short = new TestRun(graph(value, [], { settings: { retention_days: 0.123456789 } }))
    expect(expiresAt(short.state)).toBe(EPOCH_START + Math.ceil(0.123456789 * DAY_MS))
  })
})
