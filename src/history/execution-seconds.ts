// How long an execution took, or has taken so far.
import type { ExecutionState } from '../core/state.ts'

/** Seconds from its first node to its end, or to `now` (ms) while it is open; 0 where it never started. */
export function executionSeconds(state: ExecutionState, now: number): number {
  if (state.startedAt === null) return 0
  const end = state.phase.status === 'open' ? now : state.phase.endedAt
  return Math.max(0, end - state.startedAt) / 1000
}
