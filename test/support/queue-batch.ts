import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import type { JsonObject } from '../../src/core/json.ts'
import type { QueueLog } from '../../src/queues/queue-log.ts'

/** A batch whose messages are named m0, m1, … */
export const queueBatch = (queue: string, bodies: readonly unknown[]): MessageBatch =>
  createMessageBatch(
    queue,
    bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(0), attempts: 1, body })),
  )

/** Ids of the acknowledged and of the retried messages. (The platform's test double drops the delays of retries.) */
export async function outcomeOf(batch: MessageBatch): Promise<{ acked: string[]; retried: string[] }> {
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext())
  return { acked: explicitAcks, retried: retryMessages.map(({ msgId }) => msgId) }
}

/** A log that keeps its lines. */
export function recordingLog(): { log: QueueLog; lines: [level: string, event: string, fields: JsonObject][] } {
  const lines: [string, string, JsonObject][] = []
  return { log: (level, event, fields) => lines.push([level, event, fields]), lines }
}
