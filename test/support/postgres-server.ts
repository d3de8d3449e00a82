// A PostgreSQL server for tests: the one that MILLRACE_TEST_POSTGRES names, as a connection URL, else PostgreSQL in WebAssembly, which
// keeps no time, asks for no password and does no TLS.
import { once } from 'node:events'
import path from 'node:path'
import { Worker } from 'node:worker_threads'

export interface TestDatabase {
  readonly url: string
  readonly close: () => Promise<void>
}

const given = process.env.MILLRACE_TEST_POSTGRES

/** Tests of what WebAssembly cannot do run against a server alone. */
export const hasRealPostgres = given !== undefined

export async function startPostgres(): Promise<TestDatabase> {
  if (given !== undefined) return { url: given, close: async () => {} }
  const worker = new Worker(path.join(import.meta.dirname, 'pglite-worker.ts'))
  const [port] = await once(worker, 'message')
  return {
    url: `postgres://postgres:pw-of-postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    close: async () => void (await worker.terminate()),
  }
}
