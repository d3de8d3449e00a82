// An execution after its retention: what its row in history still tells.
import { z } from '@hono/zod-openapi'
import type { ExecutionRecord } from '../history/execution-record.ts'
import { isoTime } from '../history/iso-time.ts'
import { executionItemSchema, listedExecution } from './listed-execution.ts'

export const expiredSchema = executionItemSchema
  .extend({
    expired: z.literal(true),
    expired_at: z.iso.datetime().nullable().openapi({ description: 'When the rest was removed.' }),
    error_message: z.string().nullable(),
    trace_id: z.string(),
    epoch: z.int(),
  })
  .openapi('ExpiredExecution')

export type ExpiredView = z.infer<typeof expiredSchema>

export const viewExpired = (record: ExecutionRecord): ExpiredView => ({
  ...listedExecution(record),
  expired: true,
  expired_at: record.expires_at === null ? null : isoTime(record.expires_at),
  error_message: record.error_message,
  trace_id: record.trace_id,
  epoch: record.epoch,
})
