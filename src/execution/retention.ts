// How long an execution's object keeps its storage after its end.
import type { ExecutionState } from '../core/state.ts'

/** Where the definition's `settings.retention_days` says nothing. */
export const DEFAULT_RETENTION_DAYS = 30

/** When the storage is removed, whole ms since the epoch; null while the execution is open. */
export function expiresAt(state: ExecutionState): number | null {
  if (state.phase.status === 'open') return null
  const days = state.graph.definition.settings?.retention_days ?? DEFAULT_RETENTION_DAYS
  return Math.ceil(state.phase.endedAt + days * 24 * 3600 * 1000)
}

/** Whether anything may lie outside the object for this execution: what it holds, or what an attempt has left behind. */
export function mayHavePayloads({ payloads, mayHaveStrays }: Pick<ExecutionState, 'payloads' | 'mayHaveStrays'>): boolean {
  return mayHaveStrays || Object.values(payloads).some(({ owner }) => owner === undefined)
}
