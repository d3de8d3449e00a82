// A real `wrangler dev` of the project for the end-to-end tests: its own port, its own state, its own variables. It can be
// killed as by a crash and started again over the same state. Ends only what it started.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { applyMigrations, startDevServer } from '../../bench/wrangler-dev.ts'

export interface TestServer {
  /** `http://127.0.0.1:<port>`; the same after a restart. */
  readonly base: string
  /** The admin key. */
  readonly key: string
  /** SIGKILL ends it as a crash would. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again after `kill`. */
  restart(): Promise<void>
  /** Ends it and removes its state. */
  close(): Promise<void>
}

const KEY = 'e2e-admin-key'
const SETTINGS = { MILLRACE_ADMIN_KEY: KEY, ID_SECRET: 'e2e-id-secret', ALLOW_PRIVATE_HOSTS: '127.0.0.1,localhost' }

/** Starts one, with the development settings and `vars` over them, and waits until it answers. */
export async function startTestServer(vars: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'millrace-e2e-'))
  const options = { config: 'wrangler.toml', stateDir, vars: { ...SETTINGS, ...vars }, readyPath: '/health' }
  applyMigrations(options.config, stateDir)
  let server = await startDevServer(options)
  const { port } = server
  const kill = (signal: 'SIGTERM' | 'SIGKILL') => (signal === 'SIGKILL' ? server.kill() : server.stop())
  return {
    base: `http://127.0.0.1:${port}`,
    key: KEY,
    kill,
    async restart() {
      server = await startDevServer({ ...options, port })
    },
    async close() {
      await kill('SIGTERM')
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}
