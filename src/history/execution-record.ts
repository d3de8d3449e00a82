// What history keeps of an execution: one row in D1, carried by one queue message. References and facts, never payloads.
import { z } from 'zod'
import { allRuns } from '../core/instance.ts'
import type { Json } from '../core/json.ts'
import { MAX_RECORD_MESSAGE_BYTES } from '../core/limits.ts'
import type { ExecutionState } from '../core/state.ts'
import { executionStatus } from './execution-status.ts'
import { startMoment } from './execution-summary.ts'
import { truncateText } from './truncate-text.ts'

const json: z.ZodType<Json> = z.json()

export const executionRecordSchema = z.object({
  version: z.literal(1),
  execution_id: z.string(),
  community_id: z.string(),
  workflow_id: z.string().nullable(),
  workflow_version: z.number().int().nullable(),
  config_hash: z.string(),
  status: z.enum(['pending', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled']),
  epoch: z.number().int(),
  /** Events so far: of two records of one execution the greater (epoch, seq) wins. */
  seq: z.number().int(),
  priority: z.enum(['high', 'normal', 'low']),
  trigger_type: z.string(),
  triggered_by: z.string(),
  trace_id: z.string(),
  correlation_id: z.string().nullable(),
  parent_execution_id: z.string().nullable(),
  metadata: z.record(z.string(), json),
  /** Moments in ms since the epoch. */
  started_at: z.number().int(),
  ended_at: z.number().int().nullable(),
  nodes_executed: z.number().int(),
  error_code: z.string().nullable(),
  /** Cut at `MAX_RECORD_MESSAGE_BYTES`; the object has it whole. */
  error_message: z.string().nullable(),
  error_node_id: z.string().nullable(),
  /** When an open execution wakes next by itself; null where nothing is due. */
  wake_at: z.number().int().nullable(),
  /** When the object removes its storage; null while open. */
  expires_at: z.number().int().nullable(),
})
export type ExecutionRecord = z.infer<typeof executionRecordSchema>

/** The two moments that the shell knows: when the object wakes by itself, and when it removes its storage. */
export interface RecordMoments {
  readonly wakeAt: number | null
  readonly expiresAt: number | null
}

export function toExecutionRecord(state: ExecutionState, { wakeAt, expiresAt }: RecordMoments): ExecutionRecord {
  const { identity, phase } = state
  const failure = phase.status === 'failed' ? phase : null
  return {
    version: 1,
    execution_id: identity.executionId,
    community_id: identity.communityId,
    workflow_id: identity.workflowId,
    workflow_version: identity.workflowVersion,
    config_hash: identity.configHash,
    status: executionStatus(state),
    epoch: state.epoch,
    seq: state.seq,
    priority: identity.priority,
    trigger_type: identity.triggerType,
    triggered_by: identity.triggeredBy,
    trace_id: identity.traceId,
    correlation_id: identity.correlationId,
    parent_execution_id: identity.parentExecutionId,
    metadata: identity.metadata,
    started_at: startMoment(state),
    ended_at: phase.status === 'open' ? null : phase.endedAt,
    nodes_executed: allRuns(state).reduce((sum, { path }) => sum + path.length, 0),
    error_code: failure?.error.code ?? null,
    error_message: failure === null ? null : truncateText(failure.error.message, MAX_RECORD_MESSAGE_BYTES),
    error_node_id: failure?.node ?? null,
    wake_at: phase.status === 'open' ? wholeMs(wakeAt) : null,
    expires_at: phase.status === 'open' ? null : wholeMs(expiresAt),
  }
}

/** Settings may name parts of a millisecond; nothing is due before its moment. */
const wholeMs = (moment: number | null): number | null => (moment === null ? null : Math.ceil(moment))
