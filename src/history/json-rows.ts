// Many rows in one statement with one bound value: D1 binds at most 100 values, too few for a batch of wide rows.
import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { byteLength } from '../core/json.ts'
import { MAX_BOUND_JSON_BYTES } from '../core/limits.ts'

/** What `insert(table).select` takes: the objects of a JSON list, by the table's columns. Nested values become their JSON text. */
export function selectJsonRows(table: SQLiteTable, jsonList: string): SQL {
  const members = Object.values(getTableColumns(table)).map((column) => sql.raw(`value ->> '$.${column.name}'`))
  // `WHERE true` keeps the parser from reading the ON of a following ON CONFLICT as a join's.
  return sql`SELECT ${sql.join(members, sql`, `)} FROM json_each(${jsonList}) WHERE true`
}

/** The rows as texts of JSON lists, each small enough to be bound; a row that is larger by itself stands alone. */
export function packJsonLists(rows: readonly object[]): string[] {
  const lists: string[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const row of rows) {
    const text = JSON.stringify(row)
    const size = byteLength(text) + ','.length
    if (bytes + size > MAX_BOUND_JSON_BYTES) {
      lists.push([])
      bytes = '['.length
    }
    lists.at(-1)?.push(text)
    bytes += size
  }
  return lists.map((texts) => `[${texts.join(',')}]`)
}
