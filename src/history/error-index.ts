// The full text of failures: an FTS5 table beside `executions`, with a row for each execution that failed and none for others.
// Its row ids are in the order of (start, id), so that a search walks it newest first and stops where it has enough; communities
// are words of it, so that one's search does not read another's failures. Part of `ExecutionHistory`.
import { type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { MAX_SEARCH_ROWS } from '../core/limits.ts'
import type { ExecutionScope } from './execution-filter.ts'
import { executions } from './schema.ts'
import type { SearchCursor } from './search-cursor.ts'

/** Hex digits of the id that a row id ends with: among failures that began in one millisecond they hardly meet. */
const ID_DIGITS = 5
const HEX = '0123456789abcdef'
/** Characters of a message that are searched. */
const INDEXED_CHARACTERS = 2_048

/** 43 bits of milliseconds and 20 of the id. SQLite computes it: beyond 2^53 JavaScript's numbers are not exact. */
const rowIdOf = (startedAt: SQL | number, prefix: SQL | number): SQL =>
  sql`((CAST(${startedAt} AS INTEGER) << ${sql.raw(String(4 * ID_DIGITS))}) | CAST(${prefix} AS INTEGER))`

const digits = Array.from({ length: ID_DIGITS }, (_, index) => index)
const digitInSql = (index: number): SQL =>
  sql`(max(instr(${sql.raw(`'${HEX}'`)}, substr(${executions.execution_id}, ${sql.raw(String(index + 1))}, 1)) - 1, 0) << ${sql.raw(String(4 * (ID_DIGITS - 1 - index)))})`
const prefixInSql = sql.join(digits.map(digitInSql), sql` | `)

/** The same of an id that is known. What is no hex digit counts as none. */
const prefixOf = (id: string): number =>
  digits.reduce((value, index) => value * 16 + Math.max(HEX.indexOf(id[index] ?? ' '), 0), 0)

const communityWord = (community: SQL | string): SQL => sql`('c' || hex(${community}))`

/** Not in `schema.ts`: drizzle knows no virtual tables, and its migrations are written by hand. */
const executionErrors = sqliteTable('execution_errors', {
  rowid: integer().primaryKey().notNull(),
  community: text().notNull(),
  error: text().notNull(),
  execution_id: text().notNull(),
})

const storedRowId = rowIdOf(sql`${executions.started_at}`, sql`(${prefixInSql})`)
const isOneOf = (ids: readonly string[]): SQL =>
  sql`${executions.execution_id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`

/** To be run while the executions' rows still say when they began. */
export const forgetErrors = (db: DrizzleD1Database, ids: readonly string[]) =>
  db
    .delete(executionErrors)
    .where(sql`${executionErrors.rowid} IN (SELECT ${storedRowId} FROM ${executions} WHERE ${isOneOf(ids)})`)

const words = sql`(coalesce(${executions.error_code}, '') || ' ' || coalesce(${executions.error_node_id}, '') || ' ' ||
  coalesce(substr(${executions.error_message}, 1, ${sql.raw(String(INDEXED_CHARACTERS))}), ''))`

/** Writes the entries of these executions, of which only what is stored as failed has one. Repeating it changes nothing. */
export const indexErrors = (db: DrizzleD1Database, ids: readonly string[]) => [
  forgetErrors(db, ids),
  db.insert(executionErrors).select(sql`SELECT ${storedRowId}, ${communityWord(sql`${executions.community_id}`)},
    ${words}, ${executions.execution_id}
    FROM ${executions} WHERE ${isOneOf(ids)} AND ${executions.status} = 'failed'`),
]

export interface ErrorSearch extends Pick<ExecutionScope, 'communityId' | 'from' | 'to'> {
  /** Words that all have to stand there, each as a phrase: `HTTP_STATUS` is one. */
  readonly words: readonly string[]
  readonly cursor?: SearchCursor | undefined
}

/** Ids of what has failed with these words, newest first: `count` of them after `skipped`. */
export function findErrors({ communityId, words, from, to, cursor }: ErrorSearch, count = MAX_SEARCH_ROWS, skipped = 0): SQL {
  const bounds = [
    ...(from === undefined ? [] : [sql`rowid >= ${rowIdOf(from, 0)}`]),
    ...(to === undefined ? [] : [sql`rowid < ${rowIdOf(to + 1, 0)}`]),
    ...(cursor === undefined ? [] : [sql`rowid < ${rowIdOf(cursor.started_at, prefixOf(cursor.execution_id))}`]),
  ]
  const wanted = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' AND ')
  const matches = sql`execution_errors MATCH ('community : ' || ${communityWord(communityId)} || ${` AND error : (${wanted})`})`
  return sql`(SELECT execution_id FROM execution_errors WHERE ${sql.join([matches, ...bounds], sql` AND `)}
    ORDER BY rowid DESC LIMIT ${count} OFFSET ${skipped})`
}
