// The status that callers see. The core knows only open and ended; whether an open execution runs or waits is read off its nodes.
import { openRuns } from '../core/instance.ts'
import type { ExecutionState, ExecutionStatus } from '../core/state.ts'

/** `waiting`: every node that has begun and not ended waits for a moment, and there is one. */
export function executionStatus(state: ExecutionState): ExecutionStatus {
  if (state.phase.status !== 'open') return state.phase.status
  if (state.paused !== null) return 'paused'
  if (state.startedAt === null) return 'pending'
  let waits = false
  for (const { run } of openRuns(state))
    for (const { status } of run.nodes.values()) {
      if (status === 'running') return 'running'
      if (status === 'waiting' || status === 'retrying') waits = true
    }
  return waits ? 'waiting' : 'running'
}
