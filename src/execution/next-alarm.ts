// The one alarm of an execution object serves many reasons; this picks the moment. Pure.

/** First look whether history has arrived; then at ever longer intervals, each as long as has passed so far. */
export const FIRST_HISTORY_CHECK_MS = 60_000
export const LAST_HISTORY_CHECK_MS = 6 * 3600_000

export interface AlarmReasons {
  readonly now: number
  /** The next timer, lease or deadline; null where none is due. */
  readonly wakeAt: number | null
  /** Null where history is known to have what it needs; else the moment of creation, or of the end. */
  readonly historySince: number | null
  /** When the storage is removed; null while open. */
  readonly expiresAt: number | null
}

/** When the alarm has to ring next, whole ms since the epoch; null where there is no reason. */
export function nextAlarmAt({ now, wakeAt, historySince, expiresAt }: AlarmReasons): number | null {
  // The storage is removed only once history has everything: until then the check rings, else an expiry in the past would
  // ring without end.
  const historyAt = historySince === null ? expiresAt : nextHistoryCheckAt(historySince, now)
  const moments = [wakeAt, historyAt].filter((moment) => moment !== null)
  return moments.length === 0 ? null : Math.ceil(Math.min(...moments))
}

function nextHistoryCheckAt(since: number, now: number): number {
  const passed = now - since
  if (passed < FIRST_HISTORY_CHECK_MS) return since + FIRST_HISTORY_CHECK_MS
  return now + Math.min(passed, LAST_HISTORY_CHECK_MS)
}
