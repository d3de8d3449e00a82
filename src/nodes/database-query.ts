// `database-query`: sends one statement to a database and gives its rows. Runs in the Runner; connections live as long as the
// attempt, and pools are the database's or Hyperdrive's.
import type { AttemptContext, AttemptResult, HandedOffNodeType } from '../core/node-type.ts'
import { d1Query } from './d1-query.ts'
import { type DatabaseQueryConfig, databaseQueryConfig } from './database-query-config.ts'
import { findDatabase } from './find-database.ts'
import { mysqlQuery } from './mysql-query.ts'
import { postgresQuery } from './postgres-query.ts'
import { QueryRows } from './query-rows.ts'

export const databaseQuery: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'database-query',
  aliases: ['database'],
  summary: 'Sends one SQL statement to PostgreSQL, MySQL or D1. Gives the rows, one row or null, or { rows_affected }.',
  config: databaseQueryConfig,
  expressions: [],
  // What is rendered into a statement is no parameter any more: the schema refuses braces.
  deferred: ['sql'],
  takesSecrets: true,
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  example: {
    connection: 'ORDERS_DB',
    sql: 'select id, total from orders where customer = $1 and total > $2',
    params: ['{{ inputs.customer }}', 100],
  },
  syntheticOutput: ({ mode }) => (mode === 'exec' ? { rows_affected: 0 } : mode === 'one' ? {} : []),
  run: (config, context) => runQuery(databaseQueryConfig.parse(config), context),
}

/** Sends the statement and waits for its answer. @throws AttemptError */
async function runQuery(config: DatabaseQueryConfig, context: AttemptContext): Promise<AttemptResult> {
  const rows = new QueryRows(config)
  const rowsAffected = await sendTo(config, rows, context)
  return {
    kind: 'completed',
    output: config.mode === 'exec' ? { rows_affected: rowsAffected } : rows.output(),
    metadata: { rows: rows.count, bytes: rows.bytes },
  }
}

async function sendTo(config: DatabaseQueryConfig, rows: QueryRows, context: AttemptContext): Promise<number> {
  const database = await findDatabase(config.connection, context)
  switch (database.kind) {
    case 'd1':
      return d1Query(database.binding, config, rows, context)
    case 'postgres':
      return postgresQuery(database, config, rows, context)
    case 'mysql':
      return mysqlQuery(database, config, rows, context)
  }
}
