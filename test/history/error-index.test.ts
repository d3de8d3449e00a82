// The full text of failures: what it finds, in which order, what it costs, and that nothing of it is left.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_SEARCH_ROWS } from '../../src/core/limits.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { SearchQuery } from '../../src/history/execution-search.ts'
import { parseSearchCursor } from '../../src/history/search-cursor.ts'
import { executionRecord, failedRecord, openRecord } from '../support/execution-record.ts'

const history = createExecutionHistory(env.DB)
const base = { community_id: 'shop' }
const failed = (id: string, startedAt: number, message: string, more = {}) =>
  failedRecord({ ...base, execution_id: id, started_at: startedAt, ended_at: startedAt + 1, error_message: message, ...more })
const entries = async () => (await env.DB.prepare('SELECT count(*) AS n FROM execution_errors').first<number>('n')) ?? 0

const find = async (words: readonly string[], more: Partial<SearchQuery> = {}) => {
  const { items, next } = await history.search({ communityId: 'shop', errorWords: words, limit: 20, ...more })
  return { ids: items.map((item) => item.execution_id), next }
}

async function walk(words: readonly string[], more: Partial<SearchQuery>): Promise<string[][]> {
  const pages: string[][] = []
  let cursor = more.cursor
  for (;;) {
    const { ids, next } = await find(words, { ...more, cursor })
    pages.push(ids)
    if (next === null) return pages
    cursor = parseSearchCursor(next) ?? expect.fail(`unreadable cursor ${next}`)
  }
}

beforeAll(async () => {
  await history.save([
    failed('a000000000000001', 1_000, 'Connection refused by payments.example.com'),
    failed('b000000000000002', 2_000, 'Connection reset', { error_code: 'NETWORK_ERROR', error_node_id: 'charge' }),
    failed('c000000000000003', 2_000, 'connection REFUSED again', { workflow_id: 'other', metadata: { order: 7 } }),
    failed('d000000000000004', 3_000, 'Über den Wolken'),
    failed('e000000000000005', 4_000, 'Connection refused', { community_id: 'elsewhere' }),
    executionRecord({ ...base, execution_id: 'f000000000000006', started_at: 5_000 }),
    openRecord({ ...base, execution_id: 'f000000000000007', started_at: 6_000 }),
  ])
})

describe('the search for words of an error', () => {
  it.each<[string[], Partial<SearchQuery>, string]>([
    [['connection'], {}, 'cba'],
    [['refused', 'connection'], {}, 'ca'],
    [['connection refused'], {}, 'ca'],
    [['refused connection'], {}, ''],
    [['payments.example.com'], {}, 'a'],
    [['NETWORK_ERROR'], {}, 'b'],
    [['charge'], {}, 'b'],
    [['uber'], {}, 'd'],
    [['refuse'], {}, ''],
    [['"connection" OR'], {}, ''],
    [['shop'], {}, ''],
    [['connection'], { communityId: 'elsewhere' }, 'e'],
    [['connection'], { communityId: 'Shop' }, ''],
    [['connection'], { from: 2_000 }, 'cb'],
    [['connection'], { to: 1_999 }, 'a'],
    [['connection'], { from: 1_000, to: 1_000 }, 'a'],
    [['connection'], { workflowId: 'other' }, 'c'],
    [['connection'], { metadata: { order: '7' } }, 'c'],
    [['connection'], { statuses: ['completed'] }, ''],
    [['connection'], { cursor: { started_at: 2_000, execution_id: 'c000000000000003' } }, 'ba'],
  ])('%j with %j', async (words, more, letters) => {
    const { ids, next } = await find(words, more)
    expect([ids.map((id) => id[0]).join(''), next]).toEqual([letters, null])
  })

  it('goes on at its cursor', async () => {
    const pages = await walk(['connection'], { limit: 1 })
    expect(pages.map((page) => page.map((id) => id[0]).join(''))).toEqual(['c', 'b', 'a'])
  })

  it('examines a bounded number of them, and goes on behind it', async () => {
    await env.DB.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= ${MAX_SEARCH_ROWS})
      INSERT INTO executions (execution_id, community_id, config_hash, status, epoch, seq, priority, trigger_type, triggered_by,
        trace_id, metadata, started_at, nodes_executed, error_code, error_message)
      SELECT printf('%016x', i), 'many', '', 'failed', 0, 1, 'normal', CASE i WHEN 1 THEN 'rare' ELSE 'api' END, 'ada', '',
        CASE i WHEN 1 THEN '{"rare":"yes"}' ELSE '{}' END, i, 0, 'X', 'boom' FROM n`).run()
    await env.DB.prepare(`INSERT INTO execution_errors (rowid, community, error, execution_id)
      SELECT started_at << 20, 'c' || hex(community_id), error_message, execution_id FROM executions WHERE community_id = 'many'`).run()
    const query = { communityId: 'many', metadata: { rare: 'yes' }, limit: 5 }
    expect(await walk(['boom'], query)).toEqual([[], ['0000000000000001']])
    expect((await find(['boom'], { communityId: 'many' })).ids).toHaveLength(20)
  })
})

describe('the entry of a failure', () => {
  it('is one, however often it is stored, and says what it failed with last', async () => {
    const before = await entries()
    const first = failed('1000000000000001', 10_000, 'first words')
    await history.save([first])
    await history.save([first])
    expect(await entries()).toBe(before + 1)
    await history.save([{ ...first, epoch: 1, seq: 20, error_message: 'second words' }])
    expect(await entries()).toBe(before + 1)
    expect([(await find(['first'])).ids, (await find(['second'])).ids]).toEqual([[], ['1000000000000001']])
  })

  it('of one that has completed since is not found', async () => {
    const first = failed('1000000000000002', 11_000, 'passing trouble')
    await history.save([first])
    expect((await find(['passing'])).ids).toEqual(['1000000000000002'])
    await history.save([executionRecord({ ...first, status: 'completed', epoch: 1, error_code: null, error_message: null })])
    expect((await find(['passing'])).ids).toEqual([])
    // A late record of the failure brings it back no more than the row.
    await history.save([first])
    expect((await find(['passing'])).ids).toEqual([])
  })

  it('is gone with the execution', async () => {
    await history.save([failed('1000000000000003', 12_000, 'erasable')])
    const before = await entries()
    await history.erase('1000000000000003', 13_000)
    await history.erase('1000000000000003', 13_000)
    expect(await entries()).toBe(before - 1)
    expect((await find(['erasable'])).ids).toEqual([])
  })

  it('costs rows where there is a failure, and only there', async () => {
    const before = await entries()
    const rows = async (record: Parameters<typeof history.save>[0][number]) => (await history.save([record])).rowsWritten
    expect(await rows(executionRecord({ ...base, execution_id: '2000000000000001', started_at: 1 }))).toBe(3)
    expect(await rows(openRecord({ ...base, execution_id: '2000000000000002', started_at: 1 }))).toBe(4)
    expect(await entries()).toBe(before)
    // The row and its two index entries, its dead letter and that one's two, and the text, which D1 counts as one.
    expect(await rows(failed('2000000000000003', 1, 'one more'))).toBe(7)
  })
})
