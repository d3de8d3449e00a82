// Reads what executions left in their SQLite files. Only after the server has ended: a second reader can break a running one.
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { filesUnder } from './disk.ts'

const SAMPLE = 50
/** Tables that the runtime keeps for itself. */
const RUNTIME_TABLES = new Set(['_cf_METADATA', '__miniflare_do_name'])

/** Averages over a sample of objects. */
export interface StoredRows {
  readonly sampled: number
  /** Rows of all tables; rows that were overwritten or deleted are not seen. */
  readonly rows: number
  readonly valueBytes: number
  /** Alarms that are set: one row each. */
  readonly alarms: number
  /** Pages in use, whatever the files take: what a checkpoint would leave. */
  readonly pageBytes: number
}

export function countStoredRows(objectsDirectory: string, ids: readonly string[]): StoredRows | null {
  const files = filesUnder(objectsDirectory)
  const withAlarm = new Set(files.filter((file) => path.basename(file) === 'metadata.sqlite').flatMap(alarmedObjects))
  const pathOf = new Map(files.map((file) => [path.basename(file, '.sqlite'), file]))
  const sample = ids.slice(0, SAMPLE).flatMap((id) => pathOf.get(id) ?? [])
  if (sample.length === 0) return null
  const counts = sample.map((file) => withDatabase(file, countObject))
  const average = (pick: (count: ObjectCount) => number) => counts.reduce((sum, count) => sum + pick(count), 0) / counts.length
  return {
    sampled: sample.length,
    rows: average((count) => count.rows),
    valueBytes: average((count) => count.valueBytes),
    alarms: sample.filter((file) => withAlarm.has(path.basename(file, '.sqlite'))).length / sample.length,
    pageBytes: average((count) => count.pageBytes),
  }
}

/** D1 rows and index entries per row of `executions`; null before any was written. Overwritten rows are counted once. */
export function countHistoryRows(historyDirectory: string): number | null {
  for (const file of filesUnder(historyDirectory).filter((name) => name.endsWith('.sqlite'))) {
    const entries = withDatabase(file, countHistory)
    if (entries !== null) return entries
  }
  return null
}

interface ObjectCount {
  readonly rows: number
  readonly valueBytes: number
  readonly pageBytes: number
}

function countObject(database: DatabaseSync): ObjectCount {
  const tables = texts(database, "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
  const rows = tables
    .filter((table) => !RUNTIME_TABLES.has(table))
    .reduce((sum, table) => sum + number(database, `SELECT count(*) AS number FROM "${table}"`), 0)
  const valueBytes = tables.includes('_cf_KV') ? number(database, 'SELECT sum(length(value)) AS number FROM _cf_KV') : 0
  const pageBytes = number(database, 'SELECT page_count * page_size AS number FROM pragma_page_count, pragma_page_size')
  return { rows, valueBytes, pageBytes }
}

function alarmedObjects(file: string): string[] {
  return withDatabase(file, (database) => texts(database, 'SELECT actor_id AS text FROM _cf_ALARM'))
}

function countHistory(database: DatabaseSync): number | null {
  if (texts(database, "SELECT name AS text FROM sqlite_master WHERE name = 'executions'").length === 0) return null
  const executions = number(database, 'SELECT count(*) AS number FROM executions')
  const indexes = texts(
    database,
    "SELECT sql AS text FROM sqlite_master WHERE tbl_name = 'executions' AND type = 'index' AND sql <> ''",
  )
  // A partial index has an entry only for the rows that its predicate holds for.
  const entries = indexes.map((sql) =>
    number(database, `SELECT count(*) AS number FROM executions ${/\bWHERE .*$/is.exec(sql)?.[0] ?? ''}`),
  )
  return executions === 0 ? null : 1 + entries.reduce((sum, count) => sum + count, 0) / executions
}

function withDatabase<T>(file: string, read: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return read(database)
  } finally {
    database.close()
  }
}

function number(database: DatabaseSync, sql: string): number {
  return Number(database.prepare(sql).get()?.number ?? 0)
}

function texts(database: DatabaseSync, sql: string): string[] {
  return database
    .prepare(sql)
    .all()
    .map((row) => String(row.text))
}
