// How the scripts call wrangler: with the project's own Node whatever the shell has, quietly, and without a look-up on the
// network. `wrangler dev` writes its traces and explorer beside the state unless told not to.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import path from 'node:path'

export const ROOT = path.join(import.meta.dirname, '..')
const WRANGLER = path.join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_WRITE_LOGS: 'false',
  X_LOCAL_EXPLORER: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
})

/** Runs it to its end and answers what it printed; null where it succeeded. */
export function wranglerFailure(args: readonly string[]): string | null {
  const { status, stdout, stderr } = spawnSync(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: environment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return status === 0 ? null : `${stdout}${stderr}`
}

/** Starts it with its standard output piped and its errors on ours. */
export const startWrangler = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [WRANGLER, ...args], { cwd: ROOT, env: environment(), stdio: ['ignore', 'pipe', 'inherit'] })
