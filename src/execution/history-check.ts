// Whether history has what it needs of an execution. Pure; the alarm asks, and sends again what is missing.
import type { ExecutionState } from '../core/state.ts'
import type { ExecutionStamp } from '../history/execution-history.ts'

/** A message that is younger may still be under way: its consumer collects for a second. */
export const HISTORY_ARRIVES_WITHIN_MS = 5_000

/** Since when history should know: the creation while it is open, then the end. Ms since the epoch. */
export const historySince = (state: ExecutionState): number =>
  state.phase.status === 'open' ? state.createdAt : state.phase.endedAt

/** An open execution needs any row, a finished one the row of its end. */
export function isInHistory(state: ExecutionState, stamp: ExecutionStamp | null): boolean {
  if (stamp === null) return false
  return state.phase.status === 'open' || (stamp.epoch === state.epoch && stamp.seq >= state.seq)
}
