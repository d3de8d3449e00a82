import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDeadLetterStore } from '../../src/history/dead-letter-store.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { consumeHistory } from '../../src/queues/history-consumer.ts'
import { executionRecord, failedRecord, openRecord } from '../support/execution-record.ts'
import { outcomeOf, queueBatch, recordingLog } from '../support/queue-batch.ts'

const history = createExecutionHistory(env.DB)
const deadLetters = createDeadLetterStore(env.DB)

const consume = async (bodies: readonly unknown[]) => {
  const batch = queueBatch('millrace-history', bodies)
  const { log, lines } = recordingLog()
  await consumeHistory(batch, { history, deadLetters, startErrorWorkflow: async () => null, queueCallback: async () => {}, log })
  return { ...(await outcomeOf(batch)), lines }
}

const refuseInserts = (condition: string) =>
  env.DB.exec(`CREATE TRIGGER refuse BEFORE INSERT ON executions WHEN ${condition} BEGIN SELECT RAISE(ABORT, 'refused'); END`)
const acceptInserts = () => env.DB.exec('DROP TRIGGER refuse')

describe('consumeHistory', () => {
  it('stores what arrives and acknowledges it', async () => {
    const { acked, retried, lines } = await consume([
      executionRecord({ execution_id: 'one' }),
      openRecord({ execution_id: 'two' }),
    ])
    expect({ acked, retried, lines }).toEqual({ acked: ['m0', 'm1'], retried: [], lines: [] })
    expect(await history.getStamp('one')).toMatchObject({ status: 'completed' })
    expect(await history.getStamp('two')).toMatchObject({ status: 'waiting' })
  })

  it('acknowledges duplicates and late arrivals, which change nothing', async () => {
    const closed = executionRecord({ execution_id: 'again' })
    await consume([closed])
    const { acked } = await consume([closed, openRecord({ execution_id: 'again' }), closed])
    expect(acked).toEqual(['m0', 'm1', 'm2'])
    expect(await history.get('default', 'again')).toEqual(closed)
  })

  it('stores the dead letter of a failure', async () => {
    await consume([failedRecord({ execution_id: 'failed' })])
    expect(await createDeadLetterStore(env.DB).get('default', 'execution:failed:0')).toMatchObject({ error_code: 'HTTP_STATUS' })
  })

  it('retries a message that is no record, and stores the others', async () => {
    const { acked, retried, lines } = await consume([{ version: 2 }, executionRecord({ execution_id: 'beside' }), null])
    expect(acked).toEqual(['m1'])
    expect(retried).toEqual(['m0', 'm2'])
    expect(lines.map(([level, event]) => `${level} ${event}`)).toEqual([
      'error history.message_invalid',
      'error history.message_invalid',
    ])
    expect(await history.getStamp('beside')).not.toBeNull()
  })

  it('retries only the messages of a row that D1 refuses', async () => {
    await refuseInserts("NEW.execution_id = 'poison'")
    const { acked, retried, lines } = await consume([
      executionRecord({ execution_id: 'before' }),
      openRecord({ execution_id: 'poison' }),
      executionRecord({ execution_id: 'poison' }),
      executionRecord({ execution_id: 'after' }),
    ])
    await acceptInserts()
    expect(acked).toEqual(['m0', 'm3'])
    expect(retried).toEqual(['m1', 'm2'])
    expect(lines[0]).toMatchObject(['warn', 'history.save_failed', { execution_id: 'poison', attempts: 1 }])
  })

  it('retries everything while D1 fails, and does not throw', async () => {
    await refuseInserts('true')
    const { acked, retried } = await consume([executionRecord({ execution_id: 'x' }), executionRecord({ execution_id: 'y' })])
    await acceptInserts()
    expect(acked).toEqual([])
    expect(retried).toHaveLength(2)
  })
})
