import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDeadLetterStore } from '../../src/history/dead-letter-store.ts'
import { consumeDeadLetters } from '../../src/queues/dead-letter-consumer.ts'
import { executionRecord } from '../support/execution-record.ts'
import { outcomeOf, queueBatch, recordingLog } from '../support/queue-batch.ts'

const deadLetters = createDeadLetterStore(env.DB)

const consume = async (queue: string, bodies: readonly unknown[]) => {
  const batch = queueBatch(queue, bodies)
  const { log, lines } = recordingLog()
  await consumeDeadLetters(batch, { deadLetters, log, now: () => 7_000 })
  return { ...(await outcomeOf(batch)), lines }
}

describe('consumeDeadLetters', () => {
  it('keeps a message whole, with what it tells of its execution', async () => {
    const body = executionRecord({ execution_id: 'lost', metadata: { text: 'x'.repeat(10_000) } })
    const { acked } = await consume('millrace-history-dead', [body])
    expect(acked).toEqual(['m0'])
    const letter = await deadLetters.get('default', 'message:millrace-history-dead:m0')
    expect(letter).toMatchObject({
      kind: 'message',
      queue: 'millrace-history-dead',
      execution_id: 'lost',
      community_id: 'default',
      workflow_id: 'greet',
      config_hash: 'c0ffee',
      created_at: 7_000,
    })
    expect(JSON.parse(letter?.body ?? '')).toEqual(body)
    expect(letter?.excerpt).toMatch(/^\{"version":1,.*\[truncated\]$/)
    expect(letter?.excerpt).toHaveLength(1024)
  })

  it('keeps messages of any shape', async () => {
    const bodies = [
      { kind: 'attempt', execution_id: 'e1', epoch: 0, node: 'call', attempt: 1 },
      'text',
      null,
      [1],
      { execution_id: 5 },
    ]
    const { acked } = await consume('millrace-tasks-dead', bodies)
    expect(acked).toHaveLength(5)
    const letters = await Promise.all(bodies.map((_, index) => deadLetters.get(null, `message:millrace-tasks-dead:m${index}`)))
    expect(letters.map((letter) => JSON.parse(letter?.body ?? ''))).toEqual(bodies)
    expect(letters.map((letter) => letter?.execution_id)).toEqual(['e1', null, null, null, null])
  })

  it('stores a redelivered message once', async () => {
    await consume('once', ['text'])
    expect((await consume('once', ['text'])).acked).toEqual(['m0'])
    const { items } = await deadLetters.list({ communityId: null, page: 1, perPage: 100 })
    expect(items.filter((item) => item.queue === 'once')).toHaveLength(1)
  })

  it('retries what D1 refuses', async () => {
    await env.DB.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON dead_letters WHEN NEW.id LIKE '%m1' BEGIN SELECT RAISE(ABORT, 'refused'); END",
    )
    const { acked, retried, lines } = await consume('refused', ['a', 'b', 'c'])
    await env.DB.exec('DROP TRIGGER refuse')
    expect(acked).toEqual(['m0', 'm2'])
    expect(retried).toEqual(['m1'])
    expect(lines).toMatchObject([['error', 'dead_letter.save_failed', { message_id: 'm1' }]])
  })
})
