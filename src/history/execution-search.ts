// The search over executions, newest first, by cursor. Part of `ExecutionHistory`.
// One page examines a bounded number of rows whatever it looks for: it may come back short, even empty, with a cursor to go on.
import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { MAX_SEARCH_ROWS } from '../core/limits.ts'
import { reachesExecution } from './access-reach.ts'
import { findErrors } from './error-index.ts'
import { type ExecutionFilter, hasStatus, inScope } from './execution-filter.ts'
import type { ExecutionRecord } from './execution-record.ts'
import { readExecutionRow } from './execution-row.ts'
import { executions } from './schema.ts'
import { formatSearchCursor, type SearchCursor } from './search-cursor.ts'

export interface SearchQuery extends ExecutionFilter {
  /** The children of this execution, and the error workflow that it started. */
  readonly parentExecutionId?: string | undefined
  /** Members that the metadata must have; values are compared as text. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Words that the failure's code, node or message must have; finds failures only. */
  readonly errorWords?: readonly string[] | undefined
  /** Where the last page ended; absent: the newest. */
  readonly cursor?: SearchCursor | undefined
  readonly limit: number
}

export interface SearchPage {
  readonly items: readonly ExecutionRecord[]
  /** Text of the next page's cursor; null at the end. */
  readonly next: string | null
}

/** `limit` items at most, and one row more to see whether there are others. */
export async function searchExecutions(db: DrizzleD1Database, query: SearchQuery): Promise<SearchPage> {
  const rows = await selectMatches(db, query, query.limit + 1)
  const items = rows.slice(0, query.limit).map(readExecutionRow)
  const last = rows.length > query.limit ? items.at(-1) : await selectLastCandidate(db, query)
  return { items, next: last === undefined ? null : formatSearchCursor(last) }
}

const newestFirst = [desc(executions.started_at), desc(executions.execution_id)] as const

/** What an index narrows a search to, after its cursor. */
const isCandidate = ({ cursor, ...scope }: SearchQuery) =>
  and(
    inScope(scope),
    cursor && sql`(${executions.started_at}, ${executions.execution_id}) < (${cursor.started_at}, ${cursor.execution_id})`,
  )

/** The filters without an index are applied to a bounded number of candidates. */
function selectMatches(db: DrizzleD1Database, query: SearchQuery, limit: number) {
  // Named like the table, so that the filters' columns mean the candidates'.
  const candidates = selectCandidates(db, query).as('executions')
  return db
    .select()
    .from(candidates)
    .where(
      and(
        reachesExecution(db, query.communityId, query.reach),
        hasStatus(query.statuses),
        hasParent(query.parentExecutionId),
        hasMetadata(query.metadata),
      ),
    )
    .orderBy(...newestFirst)
    .limit(limit)
}

function selectCandidates(db: DrizzleD1Database, query: SearchQuery) {
  const { errorWords: words } = query
  const walk =
    words === undefined
      ? db.select().from(executions).$dynamic()
      : // In this order: what has failed with these words, then their rows.
        db
          .select(getTableColumns(executions))
          .from(sql`${findErrors({ ...query, words })} AS found`)
          .crossJoin(executions)
          .$dynamic()
  return walk
    .where(
      and(words && sql`${executions.execution_id} = found.execution_id AND ${executions.status} = 'failed'`, isCandidate(query)),
    )
    .orderBy(...newestFirst)
    .limit(MAX_SEARCH_ROWS)
}

/** The last row that a full examination reached; undefined where it reached the end. */
async function selectLastCandidate(db: DrizzleD1Database, query: SearchQuery): Promise<SearchCursor | undefined> {
  const { errorWords: words } = query
  const place = { started_at: executions.started_at, execution_id: executions.execution_id }
  const [last] =
    words === undefined
      ? await db
          .select(place)
          .from(executions)
          .where(isCandidate(query))
          .orderBy(...newestFirst)
          .limit(1)
          .offset(MAX_SEARCH_ROWS - 1)
      : await db
          .select(place)
          .from(executions)
          .where(sql`${executions.execution_id} = ${findErrors({ ...query, words }, 1, MAX_SEARCH_ROWS - 1)}`)
  return last
}

const hasParent = (id: SearchQuery['parentExecutionId']) =>
  id === undefined ? undefined : eq(executions.parent_execution_id, id)

/** True where no wanted member is missing. One bound value, however many members. */
const hasMetadata = (members: SearchQuery['metadata']) =>
  members &&
  sql`NOT EXISTS (
    SELECT 1 FROM json_each(${JSON.stringify(members)}) AS wanted WHERE NOT EXISTS (
      SELECT 1 FROM json_each(${executions.metadata}) AS member WHERE member.key = wanted.key AND wanted.value =
        CASE member.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(member.value AS TEXT) END))`
