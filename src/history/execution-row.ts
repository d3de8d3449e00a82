// The border between a row of `executions` and an `ExecutionRecord`.
import { type ExecutionRecord, executionRecordSchema } from './execution-record.ts'
import type { executions } from './schema.ts'

/** @throws ZodError where the row is no record, which is a bug. */
export const readExecutionRow = (row: typeof executions.$inferSelect): ExecutionRecord =>
  executionRecordSchema.parse({ ...row, version: 1, metadata: JSON.parse(row.metadata) })
