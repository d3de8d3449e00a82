// Executions as answers show them, for the reference. The types are `ExecutionView` and `ExecutionSummary`; a test parses real
// answers with these schemas, so that they cannot drift apart.
import { z } from '@hono/zod-openapi'

const moment = z.iso.datetime()
const anything = z.unknown().openapi({ description: 'Any JSON value' })
const object = z.record(z.string(), z.unknown())

export const startedSchema = z
  .object({
    execution_id: z.string(),
    workflow_id: z.string().optional(),
    workflow_version: z.int().nullable(),
    config_hash: z.string(),
    status: z.string(),
    start_time: moment,
    execution_path: z.array(z.string()),
  })
  .openapi('StartedExecution')

export const executionStatusSchema = z.enum(['pending', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled'])

export const nodeStateSchema = z
  .object({
    node_id: z.string(),
    type: z.string(),
    status: z.enum(['pending', 'running', 'waiting', 'paused', 'completed', 'failed', 'skipped', 'cancelled']),
    started_at: moment.nullable(),
    completed_at: moment.nullable(),
    input_data: object,
    output_data: z.record(z.string(), z.object({ port_name: z.string(), data: anything, timestamp: moment })),
    attempt: z.int(),
    retry_count: z.int(),
    latency_ms: z.number().nullable(),
    cached: z.boolean(),
    logs: z.array(z.string()),
    error: z.string().nullable(),
    error_type: z.string().nullable(),
    blocked_on: z
      .object({
        kind: z.enum(['timer', 'event', 'approval', 'child', 'worker', 'lease', 'join', 'retry']),
        until: moment.optional(),
        detail: z.string(),
      })
      .nullable(),
    metadata: object,
    iterations: z
      .object({
        total: z.int(),
        completed: z.int(),
        failed: z.int(),
        running: z.int(),
        waiting: z.int(),
        skipped: z.int().openapi({ description: 'Cancelled, or never begun because the loop has ended' }),
      })
      .optional()
      .openapi({ description: 'Of a loop; `GET …/nodes?prefix=` has what is in them' }),
  })
  .openapi('NodeState')

/** The time limit, in the execution's view and in what control answers. */
export const timeLimitShape = {
  timeout_seconds: z.number().nullable().openapi({ description: 'The time limit of the execution; null: none' }),
  deadline_at: moment.nullable().openapi({
    description: 'When the limit ends it; null without a limit, before the first node, while it is paused and after the end',
  }),
}

export const executionSchema = z
  .object({
    ...startedSchema.shape,
    priority: z.enum(['high', 'normal', 'low']),
    end_time: moment.nullable(),
    execution_time_seconds: z.number().openapi({ description: 'So far, while it is open' }),
    ...timeLimitShape,
    node_states: z.record(z.string(), nodeStateSchema),
    node_results: object.openapi({ description: 'Outputs by node id' }),
    variables: object,
    final_variables: object.nullable(),
    final_output: anything,
    errors: z.array(
      z.object({
        node_id: z.string().nullable(),
        code: z.string(),
        error: z.string(),
        cause: anything.optional().openapi({ description: 'What lies behind it: the item of a loop, a child and its error' }),
        timestamp: moment,
      }),
    ),
    error_message: z.string().nullable(),
    error_node_id: z.string().nullable(),
    triggered_by: z.string(),
    trigger_type: z.string(),
    metadata: object,
    parent_execution_id: z.string().nullable(),
    correlation_id: z.string().nullable(),
    session_id: z.string().nullable(),
    trace_id: z.string(),
    epoch: z.int(),
    metrics: object.optional().openapi({ description: 'Where asked for' }),
    logs: z
      .array(z.object({ timestamp: moment, node_id: z.string().nullable(), message: z.string() }))
      .optional()
      .openapi({ description: 'Unless declined' }),
  })
  .openapi('Execution')
