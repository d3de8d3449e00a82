import { describe, expect, it } from 'vitest'
import { FIRST_HISTORY_CHECK_MS, LAST_HISTORY_CHECK_MS, nextAlarmAt } from '../../src/execution/next-alarm.ts'

const none = { wakeAt: null, historySince: null, expiresAt: null }
const start = 1_000_000

describe('the next alarm', () => {
  it('is not set where there is no reason', () => {
    expect(nextAlarmAt({ ...none, now: start })).toBeNull()
  })

  it('rings for whatever comes first', () => {
    expect(nextAlarmAt({ now: start, wakeAt: start + 5, historySince: start, expiresAt: null })).toBe(start + 5)
    expect(nextAlarmAt({ now: start, wakeAt: start + 90_000, historySince: start, expiresAt: null })).toBe(
      start + FIRST_HISTORY_CHECK_MS,
    )
    expect(nextAlarmAt({ ...none, now: start, expiresAt: start + 9 })).toBe(start + 9)
  })

  it('looks for history after a minute, then at doubling intervals, six hours at most', () => {
    const minutes: number[] = []
    for (let now = start, check = 0; check < 12; check += 1) {
      const next = nextAlarmAt({ ...none, now, historySince: start }) ?? 0
      minutes.push((next - now) / 60_000)
      now = next
    }
    expect(minutes).toEqual([1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360])
    expect(LAST_HISTORY_CHECK_MS).toBe(360 * 60_000)
  })

  it('does not ring for an expiry before history has everything: a moment in the past would ring without end', () => {
    const now = start + 40 * LAST_HISTORY_CHECK_MS
    expect(nextAlarmAt({ now, wakeAt: null, historySince: start, expiresAt: start + 1 })).toBe(now + LAST_HISTORY_CHECK_MS)
  })
})
