// Consumer of the dead letter queues: what ran out of deliveries is kept in D1, whole, so that it can be looked at and sent again.
import { z } from 'zod'
import { type DeadLetter, excerptOf } from '../history/dead-letter.ts'
import type { DeadLetterStore } from '../history/dead-letter-store.ts'
import { type QueueLog, reasonOf } from './queue-log.ts'
import { redeliver } from './redelivery.ts'

export interface DeadLetterConsumerDeps {
  readonly deadLetters: Pick<DeadLetterStore, 'save'>
  readonly log: QueueLog
  /** Ms since the epoch. */
  readonly now: () => number
}

export async function consumeDeadLetters(batch: MessageBatch, { deadLetters, log, now }: DeadLetterConsumerDeps): Promise<void> {
  const createdAt = now()
  const letters = new Map(batch.messages.map((message) => [message, messageLetter(batch.queue, message, createdAt)]))
  const { failed } = await deadLetters.save([...letters.values()])
  for (const [message, letter] of letters) {
    if (!failed.has(letter)) {
      message.ack()
      continue
    }
    log('error', 'dead_letter.save_failed', { message_id: message.id, reason: reasonOf(failed.get(letter)) })
    redeliver(message)
  }
}

/** What an otherwise unreadable message may still tell; any other member, or shape, is left aside. */
const hintsSchema = z
  .object({
    execution_id: z.string().nullable().catch(null),
    community_id: z.string().nullable().catch(null),
    workflow_id: z.string().nullable().catch(null),
    config_hash: z.string().nullable().catch(null),
  })
  .catch({ execution_id: null, community_id: null, workflow_id: null, config_hash: null })

/** The message id stays the same over redeliveries and on the way into the dead letter queue. */
function messageLetter(queue: string, message: Message, createdAt: number): DeadLetter {
  const body = JSON.stringify(message.body) ?? 'null'
  return {
    ...hintsSchema.parse(message.body),
    id: `message:${queue}:${message.id}`,
    kind: 'message',
    queue,
    error_code: null,
    error_message: null,
    error_node_id: null,
    excerpt: excerptOf(body),
    body,
    attempts: null,
    created_at: createdAt,
  }
}
