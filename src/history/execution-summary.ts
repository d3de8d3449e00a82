// What a start answers with at once, and what lists of starts hold.
import type { ExecutionState } from '../core/state.ts'
import { executionStatus } from './execution-status.ts'
import { isoTime } from './iso-time.ts'

export interface ExecutionSummary {
  readonly execution_id: string
  readonly workflow_id?: string
  readonly workflow_version: number | null
  readonly config_hash: string
  readonly status: string
  readonly start_time: string
  readonly execution_path: readonly string[]
}

export function summarizeExecution(state: ExecutionState): ExecutionSummary {
  const { executionId, workflowId, workflowVersion, configHash } = state.identity
  return {
    execution_id: executionId,
    ...(workflowId !== null && { workflow_id: workflowId }),
    workflow_version: workflowVersion,
    config_hash: configHash,
    status: executionStatus(state),
    start_time: isoTime(startMoment(state)),
    execution_path: state.path,
  }
}

/** When the execution started; while it is pending, when it is to start. */
export const startMoment = (state: ExecutionState): number => state.startedAt ?? state.startAt ?? state.createdAt
