// No query of executions that a list, a search or a look-up can make reads the whole table: asked of SQLite itself, for every
// combination of filters.
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { AccessReach } from '../../src/history/access-reach.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { ListQuery } from '../../src/history/execution-list.ts'
import type { SearchQuery } from '../../src/history/execution-search.ts'
import { recordStatements } from '../support/record-statements.ts'

/** Every choice of one value from each member; undefined: left out. */
function combine<Shape extends object>(choices: { readonly [Name in keyof Shape]: readonly Shape[Name][] }): Shape[] {
  const entries = Object.entries<readonly unknown[]>(choices)
  const all = entries.reduce<readonly object[]>(
    (some, [name, values]) => some.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  )
  // Each has one value of every member.
  return all as Shape[]
}

const reach: AccessReach = { user: 'ada', grantees: ['user:ada'], permission: 'can_view' }
const scopes = {
  communityId: ['plans'],
  reach: [undefined, reach],
  workflowId: [undefined, 'greet'],
  from: [undefined, 1],
  to: [undefined, 2],
}

const searches = combine<SearchQuery>({
  ...scopes,
  correlationId: [undefined, 'order-7'],
  parentExecutionId: [undefined, 'p'],
  statuses: [undefined, ['failed', 'waiting']],
  metadata: [undefined, { user: 'u1' }],
  errorWords: [undefined, ['refused']],
  cursor: [undefined, { started_at: 5, execution_id: 'x' }],
  limit: [20],
})

const lists = combine<ListQuery>({
  ...scopes,
  statuses: [undefined, ['failed']],
  sortBy: ['start_time', 'status', 'execution_time'],
  sortOrder: ['asc', 'desc'],
  page: [1, 3],
  perPage: [20],
  now: [100],
})

/** A walk over candidates that a co-routine hands on is called as the table is; every other scan reads the table. */
const readsWholeTable = (plan: string): boolean => {
  const handedOn = plan.split('\n').filter((line) => line === 'CO-ROUTINE executions').length
  const scans = plan.split('\n').filter((line) => /^SCAN executions\b/.test(line)).length
  return scans > handedOn || (handedOn > 0 && !/SEARCH executions USING/.test(plan))
}

it(`none of ${searches.length} searches`, { timeout: 60_000 }, async () => {
  const { database, plans } = recordStatements(env.DB, { isRun: false })
  const history = createExecutionHistory(database)
  for (const query of searches) await history.search(query)
  const found = await plans()
  expect(found.length).toBe(2 * searches.length)
  expect(found.filter(readsWholeTable)).toEqual([])
})

it(`none of ${lists.length} lists`, { timeout: 60_000 }, async () => {
  const { database, plans } = recordStatements(env.DB, { isRun: false })
  const history = createExecutionHistory(database)
  for (const query of lists) await history.list(query)
  const found = await plans()
  expect(found.length).toBe(2 * lists.length)
  expect(found.filter(readsWholeTable)).toEqual([])
})

it('none of the others', async () => {
  const { database, plans } = recordStatements(env.DB, { isRun: false })
  const history = createExecutionHistory(database)
  await history.get('plans', 'x')
  await history.getStamp('x')
  await history.listOverdue(1, 10)
  await history.erase('x', 1)
  const found = await plans()
  expect(found.length).toBeGreaterThanOrEqual(6)
  expect(found.filter(readsWholeTable)).toEqual([])
})

it('is told where one does', async () => {
  const { database, plans } = recordStatements(env.DB)
  await database.prepare('SELECT * FROM executions WHERE trace_id = ?').bind('x').all()
  expect((await plans()).map(readsWholeTable)).toEqual([true])
})
