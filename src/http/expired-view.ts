// An execution after its retention: what its row in history still tells.
import type { ExecutionRecord } from '../history/execution-record.ts'
import { isoTime } from '../history/iso-time.ts'
import { type ExecutionItem, listedExecution } from './listed-execution.ts'

export interface ExpiredView extends ExecutionItem {
  readonly expired: true
  /** When the rest was removed. */
  readonly expired_at: string | null
  readonly error_message: string | null
  readonly trace_id: string
  readonly epoch: number
}

export const viewExpired = (record: ExecutionRecord): ExpiredView => ({
  ...listedExecution(record),
  expired: true,
  expired_at: record.expires_at === null ? null : isoTime(record.expires_at),
  error_message: record.error_message,
  trace_id: record.trace_id,
  epoch: record.epoch,
})
