// Millrace under its own `wrangler dev`, with keys of its own: for the benchmark and for the kill test.
import { randomBytes } from 'node:crypto'
import { applyMigrations, type DevServer, startDevServer } from './wrangler-dev.ts'

const CONFIG = 'wrangler.toml'

export interface MillraceServer {
  readonly server: DevServer
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
  /** Starts again on the same state, port and key, after a kill. */
  restart(): Promise<DevServer>
}

export async function startMillraceServer({ stateDir }: { readonly stateDir: string }): Promise<MillraceServer> {
  applyMigrations(CONFIG, stateDir)
  const key = randomBytes(24).toString('hex')
  const vars = { MILLRACE_ADMIN_KEY: key, ID_SECRET: randomBytes(24).toString('hex'), ALLOW_PRIVATE_HOSTS: '127.0.0.1' }
  const start = (port?: number) =>
    startDevServer({ config: CONFIG, stateDir, vars, readyPath: '/api/v1/health', ...(port === undefined ? {} : { port }) })
  const server = await start()
  return {
    server,
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    restart: () => start(server.port),
  }
}
