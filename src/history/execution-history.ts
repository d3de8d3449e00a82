// What D1 knows about executions: one row each, written by the history queue's consumer and read by lists and searches.
// Rows are projections of the journal and may lag behind it. Every query but `getStamp` and `listOverdue` is scoped by community.
import { and, asc, eq, isNull, lt } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { eraseExecution } from './erase-execution.ts'
import { type ListQuery, listExecutions } from './execution-list.ts'
import type { ExecutionRecord } from './execution-record.ts'
import { readExecutionRow } from './execution-row.ts'
import { type SearchPage, type SearchQuery, searchExecutions } from './execution-search.ts'
import type { Page } from './page.ts'
import { type SaveResult, saveRecords } from './save-records.ts'
import { executions } from './schema.ts'

/** How far history has got with an execution: compared with the journal's own (epoch, seq). */
export interface ExecutionStamp {
  readonly epoch: number
  readonly seq: number
  readonly status: string
}

export interface ExecutionHistory {
  /** Keeps the newest of what is stored and given, and a dead letter of each failure. Repeating it changes nothing. */
  save(records: readonly ExecutionRecord[]): Promise<SaveResult>
  get(communityId: string, executionId: string): Promise<ExecutionRecord | null>
  /** For the execution's own check that its row arrived; ids are unguessable and the answer holds no content. */
  getStamp(executionId: string): Promise<ExecutionStamp | null>
  /** Ids of open executions, of any community, that should have woken before this moment (ms): the longest overdue, up to `limit`. */
  listOverdue(before: number, limit: number): Promise<readonly string[]>
  /** Content and dead letters are gone, the id stays taken. Repeating it changes nothing. */
  erase(executionId: string, now: number): Promise<void>
  list(query: ListQuery): Promise<Page<ExecutionRecord>>
  search(query: SearchQuery): Promise<SearchPage>
}

export function createExecutionHistory(database: D1Database): ExecutionHistory {
  const db = drizzle(database)
  return {
    save: (records) => saveRecords(db, records),

    async get(communityId, executionId) {
      const [row] = await db
        .select()
        .from(executions)
        .where(and(eq(executions.execution_id, executionId), eq(executions.community_id, communityId)))
      return row === undefined ? null : readExecutionRow(row)
    },

    async getStamp(executionId) {
      const [stamp] = await db
        .select({ epoch: executions.epoch, seq: executions.seq, status: executions.status })
        .from(executions)
        .where(eq(executions.execution_id, executionId))
      return stamp ?? null
    },

    async listOverdue(before, limit) {
      const rows = await db
        .select({ executionId: executions.execution_id })
        .from(executions)
        .where(and(isNull(executions.ended_at), lt(executions.wake_at, before)))
        .orderBy(asc(executions.wake_at))
        .limit(limit)
      return rows.map(({ executionId }) => executionId)
    },

    erase: (executionId, now) => eraseExecution(db, executionId, now),
    list: (query) => listExecutions(db, query),
    search: (query) => searchExecutions(db, query),
  }
}
