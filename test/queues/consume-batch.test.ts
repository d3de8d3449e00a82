import { describe, expect, it } from 'vitest'
import { consumeBatch } from '../../src/queues/consume-batch.ts'
import { outcomeOf, queueBatch, recordingLog } from '../support/queue-batch.ts'

describe('consumeBatch', () => {
  it('gives a batch to the consumer of its queue', async () => {
    const seen: string[] = []
    const consumers = new Map(
      ['a', 'b'].map((name) => [name, async (batch: MessageBatch) => void seen.push(`${name}:${batch.queue}`)]),
    )
    await consumeBatch(queueBatch('b', ['x']), { consumers, log: recordingLog().log })
    expect(seen).toEqual(['b:b'])
  })

  it('retries and reports the messages of an unknown queue', async () => {
    const batch = queueBatch('unknown', ['x', 'y'])
    const { log, lines } = recordingLog()
    await consumeBatch(batch, { consumers: new Map(), log })
    expect(await outcomeOf(batch)).toEqual({ acked: [], retried: ['m0', 'm1'] })
    expect(lines).toEqual([
      ['error', 'queue.consumer_failed', { queue: 'unknown', messages: 2, reason: 'no consumer for queue unknown' }],
    ])
  })

  it('lets nothing thrown out and retries only what was not decided', async () => {
    const batch = queueBatch('buggy', ['x', 'y'])
    const buggy = async ({ messages }: MessageBatch) => {
      messages[0]?.ack()
      throw new Error('bug')
    }
    await consumeBatch(batch, { consumers: new Map([['buggy', buggy]]), log: recordingLog().log })
    expect(await outcomeOf(batch)).toEqual({ acked: ['m0'], retried: ['m1'] })
  })
})
