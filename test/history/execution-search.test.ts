import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_SEARCH_ROWS } from '../../src/core/limits.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { SearchQuery } from '../../src/history/execution-search.ts'
import { formatSearchCursor, parseSearchCursor } from '../../src/history/search-cursor.ts'
import { executionRecord, failedRecord, openRecord } from '../support/execution-record.ts'
import { recordStatements } from '../support/record-statements.ts'

const history = createExecutionHistory(env.DB)

/** Walks all pages; answers their ids, page by page. */
async function walk(query: SearchQuery, betweenPages: () => Promise<unknown> = async () => {}): Promise<string[][]> {
  const pages: string[][] = []
  let cursor = query.cursor
  for (;;) {
    const { items, next } = await history.search({ ...query, cursor })
    pages.push(items.map((item) => item.execution_id))
    if (next === null) return pages
    cursor = parseSearchCursor(next) ?? expect.fail(`unreadable cursor ${next}`)
    await betweenPages()
  }
}

describe('search', () => {
  beforeAll(async () => {
    const base = { community_id: 'search' }
    await history.save([
      executionRecord({ ...base, execution_id: 'a', started_at: 1, metadata: { user: 'u1', vip: true, age: 41 } }),
      failedRecord({ ...base, execution_id: 'b', started_at: 2, metadata: { user: 'u2' }, correlation_id: 'order-7' }),
      executionRecord({ ...base, execution_id: 'c', started_at: 2, metadata: { user: 'u1', vip: false } }),
      openRecord({ ...base, execution_id: 'd', started_at: 2, workflow_id: 'other', parent_execution_id: 'a' }),
      executionRecord({ ...base, execution_id: 'e', started_at: 3, metadata: { 'odd "key".$': 'x', user: 'u1' } }),
      executionRecord({ execution_id: 'foreign', community_id: 'elsewhere', started_at: 3, metadata: { user: 'u1' } }),
    ])
  })

  it.each<[string, Partial<SearchQuery>, string[]]>([
    ['nothing', {}, ['e', 'd', 'c', 'b', 'a']],
    ['workflow', { workflowId: 'other' }, ['d']],
    ['status', { statuses: ['failed', 'waiting'] }, ['d', 'b']],
    ['correlation', { correlationId: 'order-7' }, ['b']],
    ['time', { from: 2, to: 2 }, ['d', 'c', 'b']],
    ['parent', { parentExecutionId: 'a' }, ['d']],
    ['metadata', { metadata: { user: 'u1' } }, ['e', 'c', 'a']],
    ['several metadata, numbers and booleans as text', { metadata: { user: 'u1', vip: 'true', age: '41' } }, ['a']],
    ['a metadata key of any characters', { metadata: { 'odd "key".$': 'x' } }, ['e']],
    ['metadata that nobody has', { metadata: { user: 'u3' } }, []],
  ])('by %s, newest first', async (_name, filter, ids) => {
    const found = await history.search({ communityId: 'search', limit: 20, ...filter })
    expect(found.items.map((item) => item.execution_id)).toEqual(ids)
    expect(found.next).toBeNull()
  })

  it('goes on at the cursor, also between executions that began together', async () => {
    expect(await walk({ communityId: 'search', limit: 2 })).toEqual([['e', 'd'], ['c', 'b'], ['a']])
    expect(await walk({ communityId: 'search', limit: 1, from: 3 })).toEqual([['e']])
  })

  it('neither repeats nor skips when executions arrive or close between pages', async () => {
    const base = { community_id: 'moving' }
    await history.save(['1', '2', '3', '4'].map((id) => openRecord({ ...base, execution_id: `m${id}`, started_at: Number(id) })))
    let arrivals = 10
    const pages = await walk({ communityId: 'moving', limit: 1 }, () =>
      history.save([
        executionRecord({ ...base, execution_id: `new-${arrivals}`, started_at: arrivals++ }),
        executionRecord({ ...base, execution_id: 'm2', started_at: 2 }),
      ]),
    )
    expect(pages.flat()).toEqual(['m4', 'm3', 'm2', 'm1'])
  })
})

describe('the bound of examined rows', () => {
  const insertMany = (community: string, count: number) =>
    env.DB.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      INSERT INTO executions (execution_id, community_id, config_hash, status, epoch, seq, priority, trigger_type, triggered_by,
        trace_id, metadata, started_at, nodes_executed)
      SELECT '${community}-' || i, '${community}', '', CASE i WHEN 1 THEN 'failed' ELSE 'completed' END, 0, 1, 'normal', 'api',
        'ada', '', '{}', i, 0 FROM n`).run()

  it('finds the oldest row on the first page while it is within the bound', async () => {
    await insertMany('within', MAX_SEARCH_ROWS)
    const [first] = await walk({ communityId: 'within', statuses: ['failed'], limit: 5 })
    expect(first).toEqual(['within-1'])
  })

  it('answers an empty page and a cursor that finds it one row beyond', async () => {
    await insertMany('beyond', MAX_SEARCH_ROWS + 1)
    expect(await walk({ communityId: 'beyond', statuses: ['failed'], limit: 5 })).toEqual([[], ['beyond-1']])
  })
})

describe('query plans', () => {
  it.each<[string, Partial<SearchQuery>]>([
    ['executions_by_start', {}],
    ['executions_by_start', { cursor: { started_at: 5, execution_id: 'x' }, statuses: ['failed'], metadata: { user: 'u1' } }],
    ['executions_by_workflow', { workflowId: 'greet', cursor: { started_at: 5, execution_id: 'x' } }],
    ['executions_by_correlation', { correlationId: 'order-7', workflowId: 'greet' }],
  ])('walk %s in its order for %j', async (index, partial) => {
    const { database, plans } = recordStatements(env.DB)
    await createExecutionHistory(database).search({ communityId: 'plans', limit: 20, ...partial })
    // The candidates' co-routine hands them on in order; the statement for the last candidate has none.
    const walk = new RegExp(`^(CO-ROUTINE executions\\n)?SEARCH executions USING (COVERING )?INDEX ${index} `)
    for (const plan of await plans()) {
      expect(plan).toMatch(walk)
      expect(plan).not.toContain('TEMP B-TREE')
    }
  })
})

describe('the cursor', () => {
  it('is text for URLs and reads back', () => {
    const cursor = { started_at: 1_790_000_000_123, execution_id: '00ff00ff00ff00ff' }
    expect(formatSearchCursor(cursor)).toMatch(/^[\w-]+$/)
    expect(parseSearchCursor(formatSearchCursor(cursor))).toEqual(cursor)
  })

  it.each(['', 'nonsense', btoa('{}'), btoa('[1]'), btoa('["1","a"]')])('is null for %j', (text) => {
    expect(parseSearchCursor(text)).toBeNull()
  })
})
