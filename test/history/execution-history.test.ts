import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDeadLetterStore } from '../../src/history/dead-letter-store.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { executionRecord, failedRecord, openRecord } from '../support/execution-record.ts'

const history = createExecutionHistory(env.DB)
const everything = { page: 1, perPage: 20, sortBy: 'start_time', sortOrder: 'desc', now: 0 } as const

describe('save', () => {
  it('keeps every field of a record', async () => {
    const record = failedRecord({
      execution_id: 'whole',
      correlation_id: 'order-7',
      parent_execution_id: 'parent',
      metadata: { tags: ['a', 'ü'], nested: { deep: null }, text: 'nul \u0000', flag: true },
    })
    await history.save([record])
    expect(await history.get('default', 'whole')).toEqual(record)
  })

  it('survives text that is no Unicode', async () => {
    const record = failedRecord({ execution_id: 'surrogate', error_message: 'lone \ud800', metadata: { lone: '\ud800' } })
    expect((await history.save([record])).failed.size).toBe(0)
    expect((await history.get('default', 'surrogate'))?.error_message).toMatch(/^lone /)
  })

  it('is idempotent', async () => {
    const record = executionRecord({ execution_id: 'twice' })
    await history.save([record])
    expect(await history.save([record])).toEqual({ rowsWritten: 0, failed: new Map() })
    expect(await history.get('default', 'twice')).toEqual(record)
  })

  it('lets an older record after a newer one change nothing', async () => {
    const closed = executionRecord({ execution_id: 'reordered' })
    await history.save([closed])
    await history.save([openRecord({ execution_id: 'reordered' })])
    expect(await history.get('default', 'reordered')).toEqual(closed)
  })

  it('lets a later epoch win over a greater seq', async () => {
    const replayed = openRecord({ execution_id: 'replayed', epoch: 1, seq: 9 })
    await history.save([failedRecord({ execution_id: 'replayed', epoch: 0, seq: 20 })])
    await history.save([replayed])
    expect(await history.get('default', 'replayed')).toEqual(replayed)
  })

  it('takes the newest of one batch, in any order', async () => {
    const closed = executionRecord({ execution_id: 'both' })
    await history.save([closed, openRecord({ execution_id: 'both' })])
    expect(await history.getStamp('both')).toEqual({ epoch: 0, seq: 8, status: 'completed' })
  })

  it('never moves a record to another community', async () => {
    await history.save([executionRecord({ execution_id: 'stays', community_id: 'mine', seq: 1 })])
    await history.save([executionRecord({ execution_id: 'stays', community_id: 'theirs', seq: 2 })])
    expect(await history.get('theirs', 'stays')).toBeNull()
    expect(await history.get('mine', 'stays')).toMatchObject({ seq: 2 })
  })

  it('saves a batch that exceeds one bound value', async () => {
    const records = Array.from({ length: 100 }, (_, index) =>
      executionRecord({ execution_id: `large-${index}`, community_id: 'large', metadata: { text: 'x'.repeat(16_000) } }),
    )
    expect((await history.save(records)).failed.size).toBe(0)
    expect((await history.list({ ...everything, communityId: 'large' })).total).toBe(100)
  })

  it('goes row by row where one row is refused', async () => {
    await env.DB.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON executions WHEN NEW.execution_id = 'poison' BEGIN SELECT RAISE(ABORT, 'refused'); END",
    )
    const result = await history.save(['good-1', 'poison', 'good-2'].map((id) => failedRecord({ execution_id: id })))
    await env.DB.exec('DROP TRIGGER refuse')
    expect([...result.failed.keys()]).toEqual(['poison'])
    expect(await history.getStamp('good-1')).not.toBeNull()
    expect(await history.getStamp('good-2')).not.toBeNull()
    expect(await createDeadLetterStore(env.DB).get('default', 'execution:poison:0')).toBeNull()
  })

  it('answers an empty batch without asking D1', async () => {
    expect(await history.save([])).toEqual({ rowsWritten: 0, failed: new Map() })
  })
})

describe('rows written', () => {
  it('takes at most 4 for an execution that is saved once, at its end', async () => {
    expect((await history.save([executionRecord({ execution_id: 'short' })])).rowsWritten).toBe(3)
    expect((await history.save([executionRecord({ execution_id: 'short-c', correlation_id: 'c' })])).rowsWritten).toBe(4)
    expect((await history.save([executionRecord({ execution_id: 'short-i', workflow_id: null })])).rowsWritten).toBe(2)
  })

  it('takes at most 7 for one that is saved open, then closed', async () => {
    const opened = await history.save([openRecord({ execution_id: 'long', correlation_id: 'c' })])
    const closed = await history.save([executionRecord({ execution_id: 'long', correlation_id: 'c' })])
    expect([opened.rowsWritten, closed.rowsWritten]).toEqual([5, 1])
  })

  it('takes as many in a batch as one by one', async () => {
    const records = Array.from({ length: 100 }, (_, index) => executionRecord({ execution_id: `batch-${index}` }))
    expect((await history.save(records)).rowsWritten).toBe(300)
  })

  it('takes 4 more for a failure: its dead letter, and its text', async () => {
    expect((await history.save([failedRecord({ execution_id: 'failing' })])).rowsWritten).toBe(7)
  })
})

describe('dead letters of failed executions', () => {
  const letters = createDeadLetterStore(env.DB)

  it('are stored with the record, once per epoch', async () => {
    const failure = failedRecord({ execution_id: 'dead', metadata: { user: 'u1' } })
    await history.save([failure, failure])
    await history.save([failure])
    await history.save([failedRecord({ execution_id: 'dead', epoch: 1, ended_at: 5_000 })])
    expect(await letters.get('default', 'execution:dead:0')).toEqual({
      id: 'execution:dead:0',
      kind: 'execution',
      queue: null,
      execution_id: 'dead',
      community_id: 'default',
      workflow_id: 'greet',
      config_hash: 'c0ffee',
      error_code: 'HTTP_STATUS',
      error_message: 'answered 500',
      error_node_id: 'call',
      excerpt: '{"user":"u1"}',
      body: null,
      attempts: null,
      created_at: 2_000,
    })
    expect(await letters.get('default', 'execution:dead:1')).toMatchObject({ created_at: 5_000 })
  })

  it('are stored also where a newer record of the execution came first', async () => {
    await history.save([openRecord({ execution_id: 'recovered', epoch: 1, seq: 12 })])
    await history.save([failedRecord({ execution_id: 'recovered' })])
    expect(await history.getStamp('recovered')).toEqual({ epoch: 1, seq: 12, status: 'waiting' })
    expect(await letters.get('default', 'execution:recovered:0')).not.toBeNull()
  })
})

describe('get', () => {
  it('does not see another community', async () => {
    await history.save([executionRecord({ execution_id: 'private', community_id: 'a' })])
    expect(await history.get('b', 'private')).toBeNull()
  })

  it('answers null for what was never saved', async () => {
    expect(await history.get('default', 'nothing')).toBeNull()
    expect(await history.getStamp('nothing')).toBeNull()
  })
})
