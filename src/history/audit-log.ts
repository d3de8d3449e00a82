// What was refused and what administrators changed, in D1: one row each, read newest first by cursor.
// One page examines a bounded number of rows whatever it looks for: it may come back short, with a cursor to go on.
import { and, desc, eq, gte, lte, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { MAX_SEARCH_ROWS } from '../core/limits.ts'
import { auditLog } from './schema.ts'
import { formatSearchCursor, type SearchCursor } from './search-cursor.ts'

/** `at` in ms since the epoch. */
export type AuditEntry = typeof auditLog.$inferSelect

export interface AuditQuery {
  readonly communityId: string
  readonly user?: string | undefined
  readonly action?: string | undefined
  readonly result?: string | undefined
  /** Bounds in ms, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Where the last page ended: the entry's moment and id. */
  readonly cursor?: SearchCursor | undefined
  readonly limit: number
}

export interface AuditPage {
  readonly items: readonly AuditEntry[]
  /** Text of the next page's cursor; null at the end. */
  readonly next: string | null
}

export interface AuditLog {
  append(entry: AuditEntry): Promise<void>
  search(query: AuditQuery): Promise<AuditPage>
}

export function createAuditLog(database: D1Database): AuditLog {
  const db = drizzle(database)

  /** The last row that a full examination reached; undefined where it reached the end. */
  const lastCandidate = async (query: AuditQuery) => {
    const place = { at: auditLog.at, id: auditLog.id }
    const rows = db
      .select(place)
      .from(auditLog)
      .where(isCandidate(query))
      .orderBy(...newestFirst)
    const [last] = await rows.limit(1).offset(MAX_SEARCH_ROWS - 1)
    return last
  }

  return {
    async append(entry) {
      await db.insert(auditLog).values(entry)
    },

    async search(query) {
      // Named like the table, so that the filters' columns mean the candidates'.
      const candidates = db
        .select()
        .from(auditLog)
        .where(isCandidate(query))
        .orderBy(...newestFirst)
        .limit(MAX_SEARCH_ROWS)
        .as('audit_log')
      const rows = await db
        .select()
        .from(candidates)
        .where(isWanted(query))
        .orderBy(...newestFirst)
        .limit(query.limit + 1)
      const items = rows.slice(0, query.limit)
      const last = rows.length > query.limit ? items.at(-1) : await lastCandidate(query)
      return { items, next: last === undefined ? null : formatSearchCursor({ started_at: last.at, execution_id: last.id }) }
    },
  }
}

const newestFirst = [desc(auditLog.at), desc(auditLog.id)] as const

/** What the primary key narrows a search to. */
const isCandidate = ({ communityId, from, to, cursor }: AuditQuery) =>
  and(
    eq(auditLog.community_id, communityId),
    from === undefined ? undefined : gte(auditLog.at, from),
    to === undefined ? undefined : lte(auditLog.at, to),
    cursor && sql`(${auditLog.at}, ${auditLog.id}) < (${cursor.started_at}, ${cursor.execution_id})`,
  )

const isWanted = ({ user, action, result }: AuditQuery) =>
  and(
    user === undefined ? undefined : eq(auditLog.user, user),
    action === undefined ? undefined : eq(auditLog.action, action),
    result === undefined ? undefined : eq(auditLog.result, result),
  )
