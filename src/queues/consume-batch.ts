// The one entry of all queues: finds the batch's consumer and never lets anything thrown out. A handler that throws makes the
// local broker deliver the whole batch again, acknowledged messages included.
import { type QueueLog, reasonOf } from './queue-log.ts'
import { redeliver } from './redelivery.ts'

/** Acknowledges or retries each message of its batch. */
export type Consumer = (batch: MessageBatch) => Promise<void>

export interface ConsumeDeps {
  readonly consumers: ReadonlyMap<string, Consumer>
  readonly log: QueueLog
}

/** Messages of an unknown queue, and those that a throwing consumer had not decided on, are delivered again. */
export async function consumeBatch(batch: MessageBatch, { consumers, log }: ConsumeDeps): Promise<void> {
  const consume = consumers.get(batch.queue)
  try {
    if (consume === undefined) throw new Error(`no consumer for queue ${batch.queue}`)
    await consume(batch)
  } catch (error) {
    log('error', 'queue.consumer_failed', { queue: batch.queue, messages: batch.messages.length, reason: reasonOf(error) })
    // The first decision on a message wins, so those already acknowledged stay so.
    for (const message of batch.messages) redeliver(message)
  }
}
