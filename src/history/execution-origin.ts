// What decides whose an execution is. It never changes. The execution's object answers it, history where that has forgotten.
import type { ExecutionIdentity } from '../core/event.ts'
import type { ExecutionRecord } from './execution-record.ts'

export interface ExecutionOrigin {
  readonly workflowId: string | null
  /** False: it was started with its definition, and the id is a label only. */
  readonly isStored: boolean
  readonly startedBy: string
}

/** Null for a shard: it is a part of its parent, and reached through that. */
export const executionOrigin = (identity: ExecutionIdentity): ExecutionOrigin | null =>
  identity.shard === true
    ? null
    : { workflowId: identity.workflowId, isStored: identity.workflowVersion !== null, startedBy: identity.triggeredBy }

export const recordedOrigin = (record: ExecutionRecord): ExecutionOrigin => ({
  workflowId: record.workflow_id,
  isStored: record.workflow_version !== null,
  startedBy: record.triggered_by,
})
