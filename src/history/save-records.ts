// Writes execution records: per execution the newest wins, whatever the order and number of arrivals. Part of `ExecutionHistory`.
import { getTableColumns, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { executionLetter } from './dead-letter.ts'
import { indexErrors } from './error-index.ts'
import type { ExecutionRecord } from './execution-record.ts'
import { insertDeadLetters } from './insert-dead-letters.ts'
import { packJsonLists, selectJsonRows } from './json-rows.ts'
import { runInserts } from './run-inserts.ts'
import { executions } from './schema.ts'
import { writeOrSplit } from './write-or-split.ts'

export interface SaveResult {
  /** As D1 counts and bills them. */
  readonly rowsWritten: number
  /** By execution id: what was not saved, and why. All others were. */
  readonly failed: ReadonlyMap<string, unknown>
}

/** One execution's records of a batch: they are written together or not at all. */
interface RecordGroup {
  readonly newest: ExecutionRecord
  readonly failures: readonly ExecutionRecord[]
}

/** Never throws: what D1 refuses is in `failed`. */
export async function saveRecords(db: DrizzleD1Database, records: readonly ExecutionRecord[]): Promise<SaveResult> {
  const groups = [...Map.groupBy(records, (record) => record.execution_id).values()].map(groupOf)
  const { rowsWritten, failed } = await writeOrSplit(groups, (some) => writeGroups(db, some))
  return { rowsWritten, failed: new Map([...failed].map(([group, error]) => [group.newest.execution_id, error])) }
}

/** Older records of an execution are dropped before they cost a row; every failure keeps its dead letter. */
const groupOf = (records: readonly ExecutionRecord[]): RecordGroup => ({
  newest: records.reduce((newest, record) => (isNewer(record, newest) ? record : newest)),
  failures: records.filter((record) => record.status === 'failed'),
})

const isNewer = (a: ExecutionRecord, b: ExecutionRecord): boolean => a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)

const writeGroups = (db: DrizzleD1Database, groups: readonly RecordGroup[]): Promise<number> =>
  runInserts(db, [
    ...packJsonLists(groups.map((group) => group.newest)).map((list) => insertRecords(db, list)),
    ...indexFailures(db, groups),
    ...insertDeadLetters(
      db,
      groups.flatMap((group) => group.failures.map(executionLetter)),
    ),
  ])

/** After the rows, of which it reads what failed; without failures there is no statement. */
function indexFailures(db: DrizzleD1Database, groups: readonly RecordGroup[]) {
  const failed = groups.filter(({ newest }) => newest.status === 'failed').map(({ newest }) => newest.execution_id)
  return failed.length === 0 ? [] : indexErrors(db, failed)
}

/** Fixed at an execution's creation. Left out of the update because naming an indexed column rewrites its index rows. */
const FIXED_COLUMNS: ReadonlySet<string> = new Set([
  'execution_id',
  'community_id',
  'workflow_id',
  'correlation_id',
  'started_at',
])

const newerValues = Object.fromEntries(
  Object.keys(getTableColumns(executions))
    .filter((name) => !FIXED_COLUMNS.has(name))
    .map((name) => [name, sql.raw(`excluded.${name}`)]),
)

const insertRecords = (db: DrizzleD1Database, jsonList: string) =>
  db
    .insert(executions)
    .select(selectJsonRows(executions, jsonList))
    .onConflictDoUpdate({
      target: executions.execution_id,
      set: newerValues,
      setWhere: sql`(excluded.epoch, excluded.seq) > (${executions.epoch}, ${executions.seq})`,
    })
