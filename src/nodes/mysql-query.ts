// Sends one statement to a MySQL or MariaDB server, as a prepared one: parameters travel apart from the text. It has a transaction of
// its own, so that what fails, for a limit of the node too, has changed nothing (DDL aside, which MySQL commits at once).
import { EventEmitter } from 'node:events'
import type { Connection, PrepareStatementInfo, QueryError } from 'mysql2'
import { AttemptError } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { MAX_DATABASE_CONNECT_MS, MAX_GOODBYE_MS } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext } from '../core/node-type.ts'
import type { DatabaseQueryConfig } from './database-query-config.ts'
import { DatabaseSession, within } from './database-session.ts'
import type { DatabaseServer } from './database-url.ts'
import { bytesOf, jsonOf } from './database-value.ts'
import { useVerifiedTls } from './mysql-tls.ts'
import { queryFailure, statementTimeout } from './query-failure.ts'
import type { QueryRows } from './query-rows.ts'

type Connect = () => Connection

/** @returns how many rows it has changed. @throws AttemptError */
export async function mysqlQuery(
  server: DatabaseServer,
  config: DatabaseQueryConfig,
  rows: QueryRows,
  { signal, timeoutMs }: AttemptContext,
): Promise<number> {
  const beganAt = Date.now()
  // Loaded by the first query: no other Worker start pays for it.
  const { createConnection } = await import('mysql2')
  const session = new DatabaseSession(server, signal)
  const connect: Connect = () => {
    const made = createConnection(connectionConfig(server))
    if (server.tls) useVerifiedTls(made, server.host)
    // A connection that breaks tells its statement; one that nobody listens to would tell the whole process.
    return made.on('error', () => {})
  }
  const connection = connect()
  // While rows may still come, a server hears nothing, and only being cut off stops it.
  let isMidway = true
  try {
    await session.untilConnected(opened(connection, session))
    await session.until(begin(connection, config.read_only, timeoutMs - (Date.now() - beganAt)))
    const statement = await session.until(prepared(connection, config))
    const rowsAffected = await session.until(executed(statement, config.params, rows))
    await session.until(sent(connection, 'commit'))
    isMidway = false
    return rowsAffected
  } catch (thrown) {
    if (signal.aborted) await stopStatement(connection.threadId, connect)
    isMidway = !isAnswer(thrown)
    throw isAnswer(thrown) ? failureOf(thrown, config.params) : session.failure(thrown)
  } finally {
    await session.close(
      () => (isMidway ? Promise.resolve() : goodbye(connection)),
      () => connection.destroy(),
    )
  }
}

/** One that was never let in has nobody to say it to. */
const goodbye = (connection: Connection): Promise<void> =>
  new Promise((resolve) => (connection.authorized ? connection.end(() => resolve()) : resolve()))

const connectionConfig = ({ host, port, user, password, database, tls }: DatabaseServer) => ({
  host,
  port,
  user,
  password,
  database,
  connectTimeout: MAX_DATABASE_CONNECT_MS,
  // Readers of rows are otherwise compiled, which Workers forbid.
  disableEval: true,
  charset: 'utf8mb4',
  // Integers that numbers would round come as text, as decimals and moments do.
  supportBigNumbers: true,
  dateStrings: true,
  rowsAsArray: true,
  ...(tls && { ssl: {} }),
})

function opened(connection: Connection, session: DatabaseSession): Promise<void> {
  const plain = socketOf(connection)
  session.count(plain)
  return new Promise((resolve, reject) => {
    connection.connect((error) => {
      if (error?.code === 'HANDSHAKE_NO_SSL_SUPPORT') session.refuseTls()
      if (error !== null) return reject(error)
      // TLS has been put in between.
      if (socketOf(connection) !== plain) session.count(socketOf(connection))
      resolve()
    })
  })
}

/** What the connection reads from; its types do not name it. */
function socketOf(connection: Connection): EventEmitter {
  const socket: unknown = Reflect.get(connection, 'stream')
  if (socket instanceof EventEmitter) return socket
  throw new TypeError('a connection of mysql2 has a stream')
}

const sent = (connection: Connection, sql: string): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.query(sql, (error: QueryError | null) => (error === null ? resolve() : reject(error)))
  })

/**
 * The comments are for one of the two each (`/*M!`: MariaDB; a version from 50700 to 99999: MySQL). MySQL's limit holds for `select`
 * alone. A session may be a pooler's, but the next attempt sets all of this again.
 */
async function begin(connection: Connection, isReadOnly: boolean, timeoutMs: number): Promise<void> {
  const ms = Math.max(1, timeoutMs)
  await sent(
    connection,
    `set autocommit = 1 /*M! , max_statement_time = ${ms / 1000} */ /*!50708 , max_execution_time = ${ms} */`,
  )
  // The session, too: DDL ends the transaction before it begins.
  await sent(connection, `set session transaction ${isReadOnly ? 'read only' : 'read write'}`)
  await sent(connection, 'start transaction')
}

/** The server takes one statement here, and says how many parameters that has. */
function prepared(connection: Connection, { sql, params }: DatabaseQueryConfig): Promise<PrepareStatementInfo> {
  return new Promise((resolve, reject) => {
    connection.prepare(sql, (error, statement) => {
      if (error !== null) return reject(error)
      // Executed with too few or too many, a server reads what is no parameter.
      const problem = parameterProblem(Reflect.get(statement, 'parameters'), params)
      return problem === null ? resolve(statement) : reject(problem)
    })
  })
}

function parameterProblem(taken: unknown, params: readonly Json[]): AttemptError | null {
  const count = Array.isArray(taken) ? taken.length : 0
  if (count === params.length) return null
  const message = `The statement takes ${count} parameters, and 'params' has ${params.length}.`
  return new AttemptError(nodeError('CONFIG_INVALID', message))
}

/** Rows are handed on as they arrive. */
function executed(statement: PrepareStatementInfo, params: readonly Json[], rows: QueryRows): Promise<number> {
  const end = Promise.withResolvers<number>()
  const guarded = (handle: () => void): void => {
    try {
      handle()
    } catch (thrown) {
      end.reject(thrown)
    }
  }
  let rowsAffected = 0
  statement
    .execute(params.map(bound))
    .on('error', end.reject)
    .on('fields', (fields: readonly { readonly name: string }[] | undefined) => {
      if (fields !== undefined) guarded(() => rows.columns(fields.map(({ name }) => name)))
    })
    .on('result', (row: readonly unknown[] | { readonly affectedRows?: number }) => {
      if (Array.isArray(row)) guarded(() => rows.add(row.map(jsonOf)))
      else if ('affectedRows' in row) rowsAffected = row.affectedRows ?? 0
    })
    .on('end', () => end.resolve(rowsAffected))
  return end.promise
}

/** True and false are MySQL's 1 and 0; lists and objects are JSON text. */
function bound(value: Json): string | number | boolean | null | Buffer {
  if (typeof value !== 'object' || value === null) return value
  return bytesOf(value) ?? JSON.stringify(value)
}

/** The server does not notice that nobody waits any more. The statement ends here or, failing that, with its own time. */
async function stopStatement(threadId: number | null, connect: Connect): Promise<void> {
  if (threadId === null) return
  const helper = connect()
  await within(MAX_GOODBYE_MS, () => sent(helper, `kill query ${Number(threadId)}`))
  helper.destroy()
}

const isAnswer = (thrown: unknown): thrown is QueryError & { readonly sqlState: string; readonly errno: number } =>
  thrown instanceof Error && 'sqlState' in thrown && typeof thrown.sqlState === 'string' && 'errno' in thrown

/** Deadlock, lock wait timeout; too many connections, of the server and of the user; shutdown; killed; interrupted. */
const RETRYABLE: ReadonlySet<number> = new Set([1213, 1205, 1040, 1203, 1053, 1927, 1317])
/** Values as MySQL shows them: cut, or in hexadecimal. `Duplicate entry 'x' for key …`, `Incorrect string value: 'x' for column …`. */
const SHOWN_VALUE = /(?<=\b(?:entry|value):? )'.*'(?= for | at row |$)/s
/** `max_execution_time` of MySQL, `max_statement_time` of MariaDB. */
const OUT_OF_TIME: ReadonlySet<number> = new Set([3024, 1969])

function failureOf(
  error: QueryError & { readonly sqlState: string; readonly errno: number },
  params: readonly Json[],
): AttemptError {
  const { errno, code, sqlState, message } = error
  if (OUT_OF_TIME.has(errno)) return statementTimeout()
  return queryFailure(
    {
      message: message.replace(SHOWN_VALUE, "'[value]'"),
      code,
      retryable: RETRYABLE.has(errno),
      details: { errno, sqlstate: sqlState },
    },
    params,
  )
}
