// The numbered list of executions: filters, three sorts, a bounded count. Part of `ExecutionHistory`.
// Every query walks one index of the community's executions; only a sort other than by start has to sort what it read.
import { and, asc, count, desc, type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { DEFAULT_SORT_WINDOW_MS, MAX_LIST_TOTAL } from '../core/limits.ts'
import { reachesExecution } from './access-reach.ts'
import { type ExecutionFilter, hasStatus, inScope } from './execution-filter.ts'
import type { ExecutionRecord } from './execution-record.ts'
import { readExecutionRow } from './execution-row.ts'
import { type Page, type PageRequest, pageOffset } from './page.ts'
import { executions } from './schema.ts'

export interface ListQuery extends ExecutionFilter, PageRequest {
  /** `execution_time`: executions that are still open come last in either order. */
  readonly sortBy: 'start_time' | 'status' | 'execution_time'
  readonly sortOrder: 'asc' | 'desc'
  /** The present, ms. */
  readonly now: number
}

/** `total` counts no further than `MAX_LIST_TOTAL`. */
export async function listExecutions(db: DrizzleD1Database, query: ListQuery): Promise<Page<ExecutionRecord>> {
  const matches = and(
    inScope({ ...query, from: query.from ?? defaultFrom(query) }),
    hasStatus(query.statuses),
    reachesExecution(db, query.communityId, query.reach),
  )
  const counted = db
    .select({ one: sql`1`.as('one') })
    .from(executions)
    .where(matches)
    .limit(MAX_LIST_TOTAL)
    .as('counted')
  const [rows, [totals]] = await db.batch([
    db
      .select()
      .from(executions)
      .where(matches)
      .orderBy(...ordering(query))
      .limit(query.perPage)
      .offset(pageOffset(query)),
    db.select({ total: count() }).from(counted),
  ])
  return { items: rows.map(readExecutionRow), total: totals?.total ?? 0 }
}

/** No index serves the other sorts, so they read a bounded stretch of time unless the caller names one. */
const defaultFrom = ({ sortBy, to, now }: ListQuery): number | undefined =>
  sortBy === 'start_time' ? undefined : (to ?? now) - DEFAULT_SORT_WINDOW_MS

/** Ends in (start, id), which is unique: equal keys keep their order from page to page. */
function ordering({ sortBy, sortOrder }: ListQuery): SQL[] {
  const direction = sortOrder === 'asc' ? asc : desc
  const byStart = [direction(executions.started_at), direction(executions.execution_id)]
  if (sortBy === 'start_time') return byStart
  if (sortBy === 'status') return [direction(executions.status), ...byStart]
  return [sql`${direction(sql`${executions.ended_at} - ${executions.started_at}`)} NULLS LAST`, ...byStart]
}
