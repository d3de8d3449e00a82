// Consumer of the task queue: performs attempts that are too long for a Runner, delivers the settlements that a Runner could not,
// and makes callbacks. It decides per message and never throws.

import { AttemptError } from '../core/attempt-error.ts'
import { MAX_QUEUE_TIMEOUT_SECONDS } from '../core/limits.ts'
import type { AttemptResult } from '../core/node-type.ts'
import type { ClaimAnswer, ClaimRequest } from '../execution/contract.ts'
import { callbackLetter } from '../history/dead-letter.ts'
import type { DeadLetterStore } from '../history/dead-letter-store.ts'
import type { SettleTarget } from '../runner/deliver-settlement.ts'
import type { AttemptTask, Settlement } from '../runner/task.ts'
import { type CallbackMessage, type TaskMessage, taskMessageSchema } from './messages.ts'
import { type QueueLog, reasonOf } from './queue-log.ts'
import { redeliver } from './redelivery.ts'
import { parseSettlement } from './stranded-settlement.ts'

export interface TaskConsumerDeps {
  /** A fresh stub at every call. */
  readonly execution: (executionId: string) => SettleTarget & { claim(request: ClaimRequest): Promise<ClaimAnswer> }
  readonly payloads: {
    get(key: string): Promise<{ text(): Promise<string> } | null>
    delete(key: string): Promise<void>
  }
  /** Never rejects. */
  readonly perform: (task: AttemptTask) => Promise<AttemptResult>
  readonly deliver: (settlement: Settlement) => Promise<void>
  /** @throws AttemptError where it was not taken, retryable where another try may help */
  readonly deliverCallback: (message: CallbackMessage) => Promise<void>
  readonly deadLetters: Pick<DeadLetterStore, 'save'>
  readonly log: QueueLog
}

/** Deliveries of one callback: with the delays between them some 40 minutes. The queue's own limit is above it. */
export const MAX_CALLBACK_TRIES = 10

export async function consumeTasks(batch: Pick<MessageBatch, 'messages'>, deps: TaskConsumerDeps): Promise<void> {
  await Promise.all(batch.messages.map((message) => consumeTask(message, deps)))
}

async function consumeTask(message: Message, deps: TaskConsumerDeps): Promise<void> {
  try {
    await handle(taskMessageSchema.parse(message.body), message.attempts, deps)
    message.ack()
  } catch (thrown) {
    // What never succeeds, a message that is no task included, becomes a dead letter when its deliveries run out.
    deps.log('error', 'task.failed', { message_id: message.id, attempts: message.attempts, reason: reasonOf(thrown) })
    redeliver(message)
  }
}

async function handle(message: TaskMessage, attempts: number, deps: TaskConsumerDeps): Promise<void> {
  switch (message.kind) {
    case 'settlement':
      return deliverStranded(message.key, deps)
    case 'attempt':
      return performClaimed(message, deps)
    case 'callback':
      return callBack(message, attempts, deps)
  }
}

/** No object: an earlier delivery of the same message got through. */
async function deliverStranded(key: string, deps: TaskConsumerDeps): Promise<void> {
  const stored = await deps.payloads.get(key)
  if (stored === null) return
  const settlement = parseSettlement(await stored.text())
  await deps.execution(settlement.executionId).settle(settlement)
  await deps.payloads.delete(key)
}

async function performClaimed(
  { execution_id: executionId, epoch, node, attempt }: Extract<TaskMessage, { kind: 'attempt' }>,
  deps: TaskConsumerDeps,
): Promise<void> {
  const claimed = await deps.execution(executionId).claim({ epoch, node, attempt })
  if (claimed.kind === 'superseded') return
  const timeoutMs = Math.min(claimed.task.timeoutMs, MAX_QUEUE_TIMEOUT_SECONDS * 1000)
  const result = await deps.perform({ ...claimed.task, timeoutMs })
  await deps.deliver({ executionId, epoch, node, attempt, result })
}

/** @throws what makes it come again */
async function callBack(message: CallbackMessage, attempts: number, deps: TaskConsumerDeps): Promise<void> {
  try {
    await deps.deliverCallback(message)
  } catch (thrown) {
    const refusal = thrown instanceof AttemptError ? thrown.error : null
    if (refusal?.retryable !== false && attempts < MAX_CALLBACK_TRIES) throw thrown
    const letter = callbackLetter(message.record, { message, code: refusal?.code ?? null, reason: reasonOf(thrown), attempts })
    const { failed } = await deps.deadLetters.save([letter])
    if (failed.has(letter)) throw failed.get(letter)
    deps.log('error', 'callback.given_up', { execution_id: message.record.execution_id, attempts, reason: reasonOf(thrown) })
  }
}
