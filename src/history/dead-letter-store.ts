// The dead letters in D1. The dead letter queues' consumer writes them, the administration reads them.
// Letters of failed executions come in with their records (`save-records.ts`).
import { and, count, desc, eq, getTableColumns, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { MAX_LIST_TOTAL } from '../core/limits.ts'
import { type DeadLetter, deadLetterSchema } from './dead-letter.ts'
import { insertDeadLetters } from './insert-dead-letters.ts'
import { type Page, type PageRequest, pageOffset } from './page.ts'
import { runInserts } from './run-inserts.ts'
import { deadLetters } from './schema.ts'
import { type WriteResult, writeOrSplit } from './write-or-split.ts'

export interface DeadLetterQuery extends PageRequest {
  /** Null: all communities', and the messages that name none. For the operator only. */
  readonly communityId: string | null
}

/** As a list shows it: without the message. */
export type DeadLetterSummary = Omit<DeadLetter, 'body'>

export interface DeadLetterStore {
  /** Idempotent by id. Never throws: what D1 refuses is in `failed`. */
  save(letters: readonly DeadLetter[]): Promise<WriteResult<DeadLetter>>
  /** Newest first; `total` counts no further than `MAX_LIST_TOTAL`. */
  list(query: DeadLetterQuery): Promise<Page<DeadLetterSummary>>
  /** `communityId` as in a query. */
  get(communityId: string | null, id: string): Promise<DeadLetter | null>
}

export function createDeadLetterStore(database: D1Database): DeadLetterStore {
  const db = drizzle(database)
  return {
    save: (letters) => writeOrSplit(letters, (some) => runInserts(db, insertDeadLetters(db, some))),

    async list(query) {
      const visible = isVisible(query.communityId)
      const counted = db
        .select({ one: sql`1`.as('one') })
        .from(deadLetters)
        .where(visible)
        .limit(MAX_LIST_TOTAL)
        .as('counted')
      const [rows, [totals]] = await db.batch([
        db
          .select(summaryColumns)
          .from(deadLetters)
          .where(visible)
          .orderBy(desc(deadLetters.created_at), desc(deadLetters.id))
          .limit(query.perPage)
          .offset(pageOffset(query)),
        db.select({ total: count() }).from(counted),
      ])
      return { items: rows.map((row) => summarySchema.parse(row)), total: totals?.total ?? 0 }
    },

    async get(communityId, id) {
      const [row] = await db
        .select()
        .from(deadLetters)
        .where(and(eq(deadLetters.id, id), isVisible(communityId)))
      return row === undefined ? null : deadLetterSchema.parse(row)
    },
  }
}

const isVisible = (communityId: string | null) => (communityId === null ? undefined : eq(deadLetters.community_id, communityId))

const { body: _body, ...summaryColumns } = getTableColumns(deadLetters)
const summarySchema = deadLetterSchema.omit({ body: true })
