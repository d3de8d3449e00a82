import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_SORT_WINDOW_MS, MAX_LIST_TOTAL } from '../../src/core/limits.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { ListQuery } from '../../src/history/execution-list.ts'
import { executionRecord, failedRecord, openRecord } from '../support/execution-record.ts'
import { recordStatements } from '../support/record-statements.ts'

const history = createExecutionHistory(env.DB)
const DAY_MS = 24 * 3600 * 1000
const now = 100 * DAY_MS

const query = (partial: Partial<ListQuery> = {}): ListQuery => ({
  communityId: 'lists',
  page: 1,
  perPage: 20,
  sortBy: 'start_time',
  sortOrder: 'desc',
  now,
  ...partial,
})

const listIds = async (partial: Partial<ListQuery> = {}) =>
  (await history.list(query(partial))).items.map((item) => item.execution_id)

beforeAll(async () => {
  const at = (daysAgo: number) => ({ community_id: 'lists', started_at: now - daysAgo * DAY_MS })
  await history.save([
    executionRecord({ ...at(5), execution_id: 'a', ended_at: now - 5 * DAY_MS + 3_000, correlation_id: 'order-7' }),
    failedRecord({ ...at(4), execution_id: 'b', ended_at: now - 4 * DAY_MS + 1_000 }),
    openRecord({ ...at(3), execution_id: 'c', correlation_id: 'order-7' }),
    // Two that began together: only the id tells them apart.
    executionRecord({ ...at(2), execution_id: 'd', ended_at: now - 2 * DAY_MS + 2_000 }),
    executionRecord({ ...at(2), execution_id: 'e', ended_at: now - 2 * DAY_MS + 2_000, workflow_id: 'other' }),
    executionRecord({ ...at(40), execution_id: 'old', ended_at: now }),
    executionRecord({ ...at(1), execution_id: 'foreign', community_id: 'elsewhere', correlation_id: 'order-7' }),
  ])
})

describe('filters', () => {
  it('lists a community only', async () => {
    expect(await listIds()).toEqual(['e', 'd', 'c', 'b', 'a', 'old'])
  })

  it.each<[string, Partial<ListQuery>, string[]]>([
    ['workflow', { workflowId: 'other' }, ['e']],
    ['one status', { statuses: ['failed'] }, ['b']],
    ['several statuses', { statuses: ['failed', 'waiting'] }, ['c', 'b']],
    ['correlation', { correlationId: 'order-7' }, ['c', 'a']],
    ['correlation and workflow', { correlationId: 'order-7', workflowId: 'other' }, []],
    ['time, bounds included', { from: now - 4 * DAY_MS, to: now - 3 * DAY_MS }, ['c', 'b']],
    ['workflow, status and time', { workflowId: 'greet', statuses: ['completed'], from: now - 30 * DAY_MS }, ['d', 'a']],
  ])('by %s', async (_name, filter, ids) => {
    expect(await listIds(filter)).toEqual(ids)
    expect((await history.list(query(filter))).total).toBe(ids.length)
  })
})

describe('sorts', () => {
  it.each<[ListQuery['sortBy'], ListQuery['sortOrder'], string[]]>([
    ['start_time', 'asc', ['old', 'a', 'b', 'c', 'd', 'e']],
    ['status', 'asc', ['a', 'd', 'e', 'b', 'c']],
    ['status', 'desc', ['c', 'b', 'e', 'd', 'a']],
    ['execution_time', 'asc', ['b', 'd', 'e', 'a', 'c']],
    ['execution_time', 'desc', ['a', 'e', 'd', 'b', 'c']],
  ])('by %s %s', async (sortBy, sortOrder, ids) => {
    expect(await listIds({ sortBy, sortOrder })).toEqual(ids)
  })

  it('reads 30 days unless `from` asks for more, except by start', async () => {
    expect(await listIds({ sortBy: 'status', from: 0 })).toContain('old')
    expect(await listIds({ sortBy: 'status' })).not.toContain('old')
    const oldStart = now - 40 * DAY_MS
    expect(await listIds({ sortBy: 'status', to: oldStart + DEFAULT_SORT_WINDOW_MS })).toContain('old')
    expect(await listIds({ sortBy: 'status', to: oldStart + DEFAULT_SORT_WINDOW_MS + 1 })).not.toContain('old')
  })
})

describe('pages', () => {
  it('come in order, without gaps or repeats, with the total', async () => {
    const pages = await Promise.all([1, 2, 3, 4].map((page) => history.list(query({ page, perPage: 2 }))))
    expect(pages.map((page) => page.items.map((item) => item.execution_id))).toEqual([['e', 'd'], ['c', 'b'], ['a', 'old'], []])
    expect(pages.map((page) => page.total)).toEqual([6, 6, 6, 6])
  })

  it('count exactly up to the limit, and no further', async () => {
    const insertMany = (count: number, offset: number) =>
      env.DB.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
        INSERT INTO executions (execution_id, community_id, config_hash, status, epoch, seq, priority, trigger_type, triggered_by,
          trace_id, metadata, started_at, nodes_executed)
        SELECT 'many-' || (i + ${offset}), 'many', '', 'completed', 0, 1, 'normal', 'api', 'ada', '', '{}', i, 0 FROM n`).run()
    await insertMany(MAX_LIST_TOTAL, 0)
    expect((await history.list(query({ communityId: 'many' }))).total).toBe(MAX_LIST_TOTAL)
    await insertMany(1, MAX_LIST_TOTAL)
    expect((await history.list(query({ communityId: 'many' }))).total).toBe(MAX_LIST_TOTAL)
  })
})

describe('query plans', () => {
  const plansOf = async (partial: Partial<ListQuery>) => {
    const { database, plans } = recordStatements(env.DB)
    await createExecutionHistory(database).list(query(partial))
    return (await plans()).join('\n')
  }

  it.each<[string, Partial<ListQuery>]>([
    ['executions_by_start', {}],
    ['executions_by_start', { statuses: ['failed'], from: 1, to: now, sortOrder: 'asc' }],
    ['executions_by_workflow', { workflowId: 'greet' }],
    ['executions_by_workflow', { workflowId: 'greet', statuses: ['failed', 'completed'], from: 1, to: now }],
    ['executions_by_correlation', { correlationId: 'order-7' }],
    ['executions_by_correlation', { correlationId: 'order-7', workflowId: 'greet', from: 1 }],
  ])('walk %s in its order for %j', async (index, partial) => {
    const plan = await plansOf(partial)
    expect(plan).toContain(index)
    expect(plan).not.toMatch(/SCAN executions|TEMP B-TREE/)
  })

  it.each<[Partial<ListQuery>]>([[{ sortBy: 'status' }], [{ sortBy: 'execution_time', workflowId: 'greet' }]])(
    'read only the indexed stretch for %j',
    async (partial) => {
      const plan = await plansOf(partial)
      expect(plan).toMatch(/started_at>\?/)
      expect(plan).not.toMatch(/SCAN executions/)
    },
  )
})
