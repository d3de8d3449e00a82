// Databases through a real `wrangler dev`: the drivers in the engine that runs in production, which compiles no code at run time, over
// its sockets. With a secret for each connection, set as an operator sets it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { startTestServer, type TestServer } from '../support/dev-server.ts'
import { type Client, httpClient } from '../support/http-client.ts'
import { hasMysql, MYSQL_PASSWORD, startMysql } from '../support/mysql-server.ts'
import { startPostgres, type TestDatabase } from '../support/postgres-server.ts'
import { graph } from '../support/run.ts'

let server: TestServer
let client: Client
let databases: readonly TestDatabase[] = []

beforeAll(async () => {
  server = await startTestServer({ SECRETS_KEYS: `k1:${'0123456789abcdef'.repeat(4)}` })
  client = httpClient(server.base, server.key)
  const postgres = await startPostgres()
  databases = [postgres]
  await client.call('PUT', '/admin/secrets/POSTGRES', { value: postgres.url })
  if (!hasMysql) return
  const mysql = await startMysql()
  databases = [postgres, mysql]
  await client.call('PUT', '/admin/secrets/MYSQL', { value: mysql.url })
  await client.call('PUT', '/admin/secrets/WRONG', { value: mysql.url.replace(MYSQL_PASSWORD, 'hunter22-no') })
})

afterAll(async () => {
  await server?.close()
  for (const database of databases) await database.close()
})

async function run(connection: string, sql: string, params: readonly Json[] = [], more: JsonObject = {}) {
  const node = { id: 'ask', type: 'database', config: { connection, sql, params, ...more }, retry: { strategy: 'none' } }
  const { body } = await client.call('POST', '/executions', { workflow: graph([node], []) })
  return client.ended(body.data.execution_id)
}

it('PostgreSQL is asked, with parameters of its types', async () => {
  const ended = await run('POSTGRES', 'select $1::int[] as list, $2::jsonb as data, 9007199254740993 as big', [
    [1, 2],
    { a: "'" },
  ])
  expect(ended.final_output, JSON.stringify(ended.errors)).toEqual([{ list: [1, 2], data: { a: "'" }, big: '9007199254740993' }])
  expect(await run('POSTGRES', 'selec 1')).toMatchObject({ status: 'failed', error_message: expect.stringContaining('syntax') })
  expect(await run('POSTGRES', "select repeat('x', 30000000)")).toMatchObject({ status: 'failed' })
})

it.skipIf(!hasMysql)('MySQL is asked, with parameters', async () => {
  const ended = await run('MYSQL', "select ? as text, ? as data, 9007199254740993 as big, x'dead' as bytes", ["'", { a: 1 }])
  expect(ended.final_output, JSON.stringify(ended.errors)).toEqual([
    { text: "'", data: '{"a":1}', big: '9007199254740993', bytes: { base64: '3q0=' } },
  ])
  const refused = await run('WRONG', 'select 1')
  expect(refused).toMatchObject({ status: 'failed', error_message: expect.stringContaining('Access denied') })
  expect(JSON.stringify(refused)).not.toContain('hunter22')
})

it('a secret that is not there is named', async () => {
  expect(await run('NOWHERE', 'select 1')).toMatchObject({ status: 'failed', error_message: expect.stringContaining('NOWHERE') })
})
