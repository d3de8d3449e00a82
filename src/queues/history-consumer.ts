// Consumer of the history queue: execution records into D1, a batch of messages in one transaction.
// Each message is acknowledged once its record, or a newer one, is stored; the error workflow of a failure and the callback of an end are
// under way before that, so that nothing but a stored record says they are.
import { AttemptError } from '../core/attempt-error.ts'
import { type DeadLetter, errorWorkflowLetter } from '../history/dead-letter.ts'
import type { DeadLetterStore } from '../history/dead-letter-store.ts'
import type { ExecutionHistory } from '../history/execution-history.ts'
import { type HistoryMessage, historyMessageSchema } from '../history/history-message.ts'
import { type QueueLog, reasonOf } from './queue-log.ts'
import { redeliver } from './redelivery.ts'

/** Deliveries of one message that try to start its error workflow; after that the record must be stored without it. */
export const MAX_ERROR_WORKFLOW_TRIES = 5

export interface HistoryConsumerDeps {
  readonly history: Pick<ExecutionHistory, 'save'>
  readonly deadLetters: Pick<DeadLetterStore, 'save'>
  /** @throws AttemptError where it can never be started */
  startErrorWorkflow(message: HistoryMessage): Promise<unknown>
  /** Where the message names one. */
  queueCallback(message: HistoryMessage): Promise<void>
  readonly log: QueueLog
}

export async function consumeHistory(batch: MessageBatch, deps: HistoryConsumerDeps): Promise<void> {
  const { history, log } = deps
  const read = readMessages(batch, log)
  const told = await Promise.all(
    [...read].map(async ([message, body]) => {
      const isTold = (await tellFailure(message, body, deps)) && (await tellEnd(message, body, deps))
      return isTold ? message : null
    }),
  )
  const records = new Map([...read].filter(([message]) => told.includes(message)))
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

function readMessages(batch: MessageBatch, log: QueueLog): Map<Message, HistoryMessage> {
  const read = new Map<Message, HistoryMessage>()
  for (const message of batch.messages) {
    const parsed = historyMessageSchema.safeParse(message.body)
    if (parsed.success) read.set(message, parsed.data)
    else {
      // Perhaps a newer version wrote it and this one is being replaced: it becomes a dead letter only when deliveries run out.
      log('error', 'history.message_invalid', { message_id: message.id, reason: parsed.error.message })
      redeliver(message)
    }
  }
  return read
}

/** False where the message has to come again. What can never be started becomes a dead letter, and keeps no record from being stored. */
async function tellFailure(message: Message, body: HistoryMessage, deps: HistoryConsumerDeps): Promise<boolean> {
  const { execution_id, error_workflow } = body
  if (error_workflow === undefined) return true
  try {
    await deps.startErrorWorkflow(body)
    return true
  } catch (error) {
    const { attempts } = message
    const reason = reasonOf(error)
    const isFinal = error instanceof AttemptError || attempts >= MAX_ERROR_WORKFLOW_TRIES
    const fields = { execution_id, error_workflow, attempts, reason }
    deps.log(isFinal ? 'error' : 'warn', isFinal ? 'error_workflow.not_started' : 'error_workflow.start_failed', fields)
    const code = error instanceof AttemptError ? error.error.code : null
    const isDone =
      isFinal && (await bury(errorWorkflowLetter(body, { errorWorkflow: error_workflow, code, reason, attempts }), deps))
    if (!isDone) redeliver(message)
    return isDone
  }
}

/** False where the message has to come again. */
async function tellEnd(message: Message, body: HistoryMessage, { queueCallback, log }: HistoryConsumerDeps): Promise<boolean> {
  try {
    await queueCallback(body)
    return true
  } catch (error) {
    log('warn', 'callback.not_queued', { execution_id: body.execution_id, attempts: message.attempts, reason: reasonOf(error) })
    redeliver(message)
    return false
  }
}

/** False where it could not be stored. */
async function bury(letter: DeadLetter, { deadLetters, log }: HistoryConsumerDeps): Promise<boolean> {
  const { failed } = await deadLetters.save([letter])
  if (!failed.has(letter)) return true
  log('warn', 'dead_letter.save_failed', { id: letter.id, reason: reasonOf(failed.get(letter)) })
  return false
}
