// The answer of a dry run, for the reference. `viewDryRun` makes it; a test parses real answers with this schema.
import { z } from '@hono/zod-openapi'
import { executionSchema, executionStatusSchema, nodeStateSchema, startedSchema } from '../execution-schema.ts'

const moment = z.iso.datetime()
const object = z.record(z.string(), z.unknown())

const entry = z
  .object({
    node_id: z.string(),
    type: z.string(),
    status: nodeStateSchema.shape.status,
    simulated: z.boolean().openapi({ description: 'Somebody else answered for the node' }),
    simulated_by: z.enum(['mock', 'pin', 'synthetic', 'timeout']).nullable(),
    started_at: moment.nullable(),
    completed_at: moment.nullable(),
    duration_seconds: z.number().openapi({ description: 'In virtual time' }),
    attempts: z.int(),
    input: object.openapi({ description: 'By source' }),
    ports: z.array(z.string()).openapi({ description: 'Those that it took' }),
    output: object.openapi({ description: 'By port' }),
    logs: z.array(z.string()),
    error: z.string().nullable(),
    error_type: z.string().nullable(),
    hint: z.string().optional(),
    config: object
      .optional()
      .openapi({ description: 'Rendered, as an attempt of a handed-off node would have got it; secrets stay out' }),
    child: object.optional().openapi({ description: 'The workflow that it started, with its own `trace`' }),
  })
  .openapi('DryRunEntry')

export const dryRunSchema = z
  .object({
    ...startedSchema.omit({ status: true }).shape,
    test_mode: z.literal(true),
    status: executionStatusSchema,
    end_time: moment.nullable(),
    execution_time_seconds: z
      .number()
      .openapi({ description: 'In virtual time: delays, waits and retries count, and pass at once' }),
    trace: z.array(entry).openapi({ description: 'In the order in which the nodes began' }),
    trace_omitted: z.int().openapi({ description: 'Nodes that the trace has no room for' }),
    unused_mocks: z.array(z.string()),
    final_variables: object,
    ...executionSchema.pick({ final_output: true, errors: true, error_message: true, error_node_id: true }).shape,
    summary: z.object({
      nodes_executed: z.int(),
      nodes_failed: z.int(),
      nodes_skipped: z.int(),
      nodes_simulated: z.int(),
      total_duration: z.number(),
      passed: z.boolean().openapi({ description: 'It completed, and no node failed' }),
    }),
  })
  .openapi('DryRun')
