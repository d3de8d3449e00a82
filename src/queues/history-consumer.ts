// Consumer of the history queue: execution records into D1, a batch of messages in one transaction.
// Each message is acknowledged once its record, or a newer one, is stored.
import type { ExecutionHistory } from '../history/execution-history.ts'
import { type ExecutionRecord, executionRecordSchema } from '../history/execution-record.ts'
import { type QueueLog, reasonOf } from './queue-log.ts'
import { redeliver } from './redelivery.ts'

export interface HistoryConsumerDeps {
  readonly history: Pick<ExecutionHistory, 'save'>
  readonly log: QueueLog
}

export async function consumeHistory(batch: MessageBatch, { history, log }: HistoryConsumerDeps): Promise<void> {
  const records = new Map<Message, ExecutionRecord>()
  for (const message of batch.messages) {
    const parsed = executionRecordSchema.safeParse(message.body)
    if (parsed.success) records.set(message, parsed.data)
    else {
      // Perhaps a newer version wrote it and this one is being replaced: it becomes a dead letter only when deliveries run out.
      log('error', 'history.message_invalid', { message_id: message.id, reason: parsed.error.message })
      redeliver(message)
    }
  }
  const { failed } = await history.save([...records.values()])
  for (const [message, record] of records) {
    if (!failed.has(record.execution_id)) {
      message.ack()
      continue
    }
    const reason = reasonOf(failed.get(record.execution_id))
    log('warn', 'history.save_failed', { execution_id: record.execution_id, attempts: message.attempts, reason })
    redeliver(message)
  }
}
