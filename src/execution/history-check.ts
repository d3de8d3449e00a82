// Whether history has what it needs of an execution. Pure; the alarm asks, and sends again what is missing.
import type { ExecutionState } from '../core/state.ts'
import type { ExecutionStamp } from '../history/execution-history.ts'

/** A message that is younger may still be under way: its consumer collects for a second. */
export const HISTORY_ARRIVES_WITHIN_MS = 5_000

/** Since when history should know: the beginning of this epoch while it is open, then the end. Ms since the epoch. */
export const historySince = (state: ExecutionState): number =>
  state.phase.status === 'open' ? state.epochStartedAt : state.phase.endedAt

/** An open execution needs any row of this epoch, a finished one the row of its end. */
export function isInHistory(state: ExecutionState, stamp: ExecutionStamp | null): boolean {
  if (stamp === null || stamp.epoch !== state.epoch) return false
  return state.phase.status === 'open' || ENDED.has(stamp.status)
}

/** What comes after the end, as the ends of children, changes nothing that history shows. */
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled'])
