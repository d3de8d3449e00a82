// Sends one statement to a D1 database that the deployment has bound. D1 answers as a whole: limits are checked when the rows are
// there, and what a statement has changed by then stays changed.
import { AttemptError } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext } from '../core/node-type.ts'
import type { DatabaseQueryConfig } from './database-query-config.ts'
import { bytesAsJson, bytesOf, jsonOf } from './database-value.ts'
import type { D1Binding } from './find-database.ts'
import { queryFailure } from './query-failure.ts'
import type { QueryRows } from './query-rows.ts'

/** @returns how many rows it has changed. @throws AttemptError */
export async function d1Query(
  binding: D1Binding,
  { sql, params, mode, read_only: isReadOnly }: DatabaseQueryConfig,
  rows: QueryRows,
  { signal }: Pick<AttemptContext, 'signal'>,
): Promise<number> {
  try {
    assertOneStatement(sql)
    const values = params.map(bound)
    if (isReadOnly) await assertReadOnly(binding, sql, values)
    signal.throwIfAborted()
    const statement = binding.prepare(sql).bind(...values)
    if (mode === 'exec') return (await statement.run()).meta.changes
    const [names = [], ...found] = await statement.raw({ columnNames: true })
    rows.columns(names)
    for (const row of found) rows.add(row.map(jsonOfColumn))
    return found.length
  } catch (thrown) {
    throw thrown instanceof AttemptError ? thrown : failureOf(thrown, params)
  }
}

function bound(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value
  const bytes = bytesOf(value)
  return bytes === null ? JSON.stringify(value) : new Uint8Array(bytes).buffer
}

/** D1 gives the bytes of a blob as a list of numbers. */
const jsonOfColumn = (value: unknown): Json => (Array.isArray(value) ? bytesAsJson(Uint8Array.from(value)) : jsonOf(value))

/** D1 runs all statements of a text and answers for the last. Skipped are texts, quoted names and comments, as SQLite's tokenizer has them. */
function assertOneStatement(sql: string): void {
  const ended = sql.replaceAll(/'[^']*'?|"[^"]*"?|`[^`]*`?|\[[^\]]*\]?|--[^\n]*|\/\*.*?(?:\*\/|$)/gs, ' ').trimEnd()
  if (!/;\s*[^\s;]/.test(ended)) return
  throw new AttemptError(nodeError('QUERY_ERROR', 'The text holds several statements; a node sends one.'))
}

/**
 * D1 has no read-only transactions, but SQLite tells what a statement is compiled to, and a program that writes begins with a
 * transaction for writing (https://sqlite.org/opcode.html: `Transaction`, p2 not 0).
 */
async function assertReadOnly(binding: D1Binding, sql: string, values: readonly unknown[]): Promise<void> {
  const program = await binding
    .prepare(`explain ${sql}`)
    .bind(...values)
    .all<{ opcode: string; p2: number }>()
  const isWriting = ({ opcode, p2 }: { opcode: string; p2: number }) => opcode === 'Transaction' && p2 !== 0
  if (program.results.some((step) => isWriting(step) || WRITING_OPCODES.has(step.opcode))) {
    throw new AttemptError(nodeError('QUERY_ERROR', 'The statement writes, and the node is read_only.'))
  }
}

/** What changes a database outside such a transaction. */
const WRITING_OPCODES: ReadonlySet<string> = new Set(['Vacuum', 'JournalMode', 'Checkpoint'])

/**
 * D1 tells by its message alone: `…: SQLITE_CONSTRAINT` where SQLite refused, and other words where the database was not to be
 * reached (https://developers.cloudflare.com/d1/observability/debug-d1/).
 */
function failureOf(thrown: unknown, params: readonly Json[]): AttemptError {
  const message = thrown instanceof Error ? thrown.message : 'D1 failed'
  const [code] = /SQLITE_\w+/.exec(message) ?? (STATEMENT_PROBLEM.test(message) ? ['D1_ERROR'] : [])
  if (code !== undefined) return queryFailure({ message, code, retryable: BUSY.has(code) }, params)
  return new AttemptError(
    nodeError('NETWORK_ERROR', 'The D1 database could not be reached.', {
      retryable: true,
      cause: { reason: message.slice(0, 200) },
    }),
  )
}

/** What D1 itself finds wrong with a statement, before SQLite sees it. */
const STATEMENT_PROBLEM =
  /number of parameter bindings|did not contain a statement|multiple SQL statements|To execute a transaction|^D1_TYPE_ERROR/

const BUSY: ReadonlySet<string> = new Set(['SQLITE_BUSY', 'SQLITE_LOCKED'])
