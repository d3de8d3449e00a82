// An execution as lists show it: what the last history message said.
import { z } from '@hono/zod-openapi'
import { type ExecutionRecord, executionRecordSchema } from '../history/execution-record.ts'
import { isoTime } from '../history/iso-time.ts'

const { workflow_version, config_hash, status, priority, nodes_executed } = executionRecordSchema.shape
const { trigger_type, triggered_by, correlation_id, parent_execution_id, error_code, error_node_id } = executionRecordSchema.shape

export const executionItemSchema = z
  .object({
    execution_id: z.string(),
    workflow_id: z.string().optional(),
    workflow_version,
    config_hash,
    status,
    /** True where it completed. */
    success: z.boolean(),
    priority,
    start_time: z.iso.datetime(),
    end_time: z.iso.datetime().nullable(),
    /** Null while it is open. */
    execution_time_seconds: z.number().nullable(),
    nodes_executed,
    error: z.string().nullable(),
    error_code,
    error_node_id,
    trigger_type,
    triggered_by,
    correlation_id,
    parent_execution_id,
    metadata: z.record(z.string(), z.unknown()),
  })
  .openapi('ExecutionItem')

export type ExecutionItem = z.infer<typeof executionItemSchema>

export const listedExecution = (record: ExecutionRecord): ExecutionItem => ({
  execution_id: record.execution_id,
  ...(record.workflow_id !== null && { workflow_id: record.workflow_id }),
  workflow_version: record.workflow_version,
  config_hash: record.config_hash,
  status: record.status,
  success: record.status === 'completed',
  priority: record.priority,
  start_time: isoTime(record.started_at),
  end_time: record.ended_at === null ? null : isoTime(record.ended_at),
  execution_time_seconds: record.ended_at === null ? null : (record.ended_at - record.started_at) / 1000,
  nodes_executed: record.nodes_executed,
  error: record.error_message,
  error_code: record.error_code,
  error_node_id: record.error_node_id,
  trigger_type: record.trigger_type,
  triggered_by: record.triggered_by,
  correlation_id: record.correlation_id,
  parent_execution_id: record.parent_execution_id,
  metadata: record.metadata,
})
