// Sends one statement to a PostgreSQL server, in a transaction of its own: what fails, for a limit of the node too, has changed
// nothing. The server itself keeps the time and the read-only switch.
import type { Client, DatabaseError } from 'pg'
import type { AttemptError } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import type { AttemptContext } from '../core/node-type.ts'
import type { DatabaseQueryConfig } from './database-query-config.ts'
import { DatabaseSession } from './database-session.ts'
import type { DatabaseServer } from './database-url.ts'
import { PostgresStatement } from './postgres-statement.ts'
import { guardMessages } from './postgres-wire.ts'
import { queryFailure, statementTimeout } from './query-failure.ts'
import type { QueryRows } from './query-rows.ts'

/** @returns how many rows it has changed, or given. @throws AttemptError */
export async function postgresQuery(
  server: DatabaseServer,
  config: DatabaseQueryConfig,
  rows: QueryRows,
  { signal, timeoutMs }: AttemptContext,
): Promise<number> {
  const beganAt = Date.now()
  // Loaded by the first query: no other Worker start pays for it.
  const { Client, DatabaseError } = await import('pg')
  const session = new DatabaseSession(server, signal)
  const client = new Client(clientConfig(server))
  try {
    await connect(client, server, session)
    await session.until(begin(client, config.read_only, timeoutMs - (Date.now() - beganAt)))
    const statement = client.query(new PostgresStatement(config.sql, config.params, rows))
    const rowsAffected = await session.until(statement.rowsAffected)
    await session.until(client.query('commit'))
    return rowsAffected
  } catch (thrown) {
    // What the server says has a code; the driver uses the same class for what it cannot read.
    const isAnswer = thrown instanceof DatabaseError && typeof thrown.code === 'string'
    throw isAnswer ? failureOf(thrown, config.params) : session.failure(thrown)
  } finally {
    await session.close(
      () => goodbye(client),
      () => client.connection.stream.destroy(),
    )
  }
}

/** What is open is rolled back, in words: a pooler between would otherwise have to give its connection up. */
async function goodbye(client: Client): Promise<void> {
  const status = client.getTransactionStatus()
  if (status === 'T' || status === 'E') await client.query('rollback')
  await client.end()
}

const clientConfig = ({ host, port, user, password, database, tls }: DatabaseServer) => ({
  host,
  port,
  user,
  // A function, so that an empty one is not looked for elsewhere.
  password: () => password,
  database,
  ssl: tls,
  application_name: 'millrace',
})

async function connect(client: Client, { tls }: DatabaseServer, session: DatabaseSession): Promise<void> {
  // A connection that breaks tells its statement; a client nobody listens to would tell the whole process.
  client.on('error', () => {})
  const { connection } = client
  const plain = connection.stream
  session.count(plain)
  guardMessages(connection, (thrown) => session.breakOff(thrown))
  // `N`: the answer to a request for TLS (PostgreSQL manual, 55.2.10).
  if (tls) plain.once('data', (data: Uint8Array) => data[0] === 0x4e && session.refuseTls())
  connection.once('sslconnect', () => connection.stream !== plain && session.count(connection.stream))
  await session.untilConnected(client.connect())
}

/**
 * Settings last as long as the transaction, so that a pooler's next client has none of them. They are set by a query: after one, no
 * statement can make a transaction writable again. Texts are to be as `postgres-values.ts` reads them.
 */
async function begin(client: Client, isReadOnly: boolean, timeoutMs: number): Promise<void> {
  await client.query(isReadOnly ? 'begin read only' : 'begin')
  const settings = {
    statement_timeout: String(Math.max(1, timeoutMs)),
    datestyle: 'ISO',
    intervalstyle: 'postgres',
    bytea_output: 'hex',
  }
  const calls = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`)
  await client.query(`select ${calls.join(', ')}`)
}

/** SQLSTATE (PostgreSQL manual, appendix A): serialization failure, deadlock, lock not available; too many connections. */
const RETRYABLE_CODES: ReadonlySet<string> = new Set(['40001', '40P01', '55P03', '53300'])
/** Connection exceptions, and a server that starts, stops or restarts. */
const RETRYABLE_CLASSES: ReadonlySet<string> = new Set(['08', '57P'])
const QUERY_CANCELED = '57014'

function failureOf(error: DatabaseError, params: readonly Json[]): AttemptError {
  const { code = '', message, position, constraint, table, column } = error
  if (code === QUERY_CANCELED) return statementTimeout()
  const names = { constraint, table, column }
  return queryFailure(
    {
      message,
      code,
      retryable: RETRYABLE_CODES.has(code) || RETRYABLE_CLASSES.has(code.slice(0, 2)) || RETRYABLE_CLASSES.has(code.slice(0, 3)),
      details: {
        ...(position !== undefined && { position: Number(position) }),
        ...Object.fromEntries(Object.entries(names).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
      },
    },
    params,
  )
}
