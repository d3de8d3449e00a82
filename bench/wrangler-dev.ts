// One `wrangler dev` of its own: a free port, a process group that nobody else is in, a state directory that the caller
// gives. Used by the benchmark and the kill test; ends only what it started.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = path.join(import.meta.dirname, '..')
const BIN = path.join(ROOT, 'node_modules', '.bin')
const READY_WITHIN_MS = 60_000
const STOP_WITHIN_MS = 10_000
/**
 * Below the ports of outgoing connections (Linux: from 32,768, macOS: from 49,152). Between a look and the server's start, or
 * between a kill and the restart, a connection may take one of those, even one to the very server that is dead.
 */
const MIN_PORT = 20_000
const MAX_PORT = 32_000

export interface DevServerOptions {
  /** wrangler.toml, relative to the repository. */
  readonly config: string
  /** What `--persist-to` gets, and where the server's own log lies. */
  readonly stateDir: string
  readonly vars: Readonly<Record<string, string>>
  /** Given for a restart that must be found at the old address; else a free one is taken. */
  readonly port?: number
  /** A path that answers once the Worker runs; any status will do. */
  readonly readyPath: string
}

export interface DevServer {
  readonly port: number
  /** Also the id of the process group. */
  readonly pid: number
  readonly stateDir: string
  /** Stops the group's clock while others are measured; nothing it does in the background can cost them. */
  pause(): void
  resume(): void
  /** SIGTERM to the group, SIGKILL to what is left of it. */
  stop(): Promise<void>
  /** SIGKILL to the group, as a crash would. */
  kill(): Promise<void>
}

/** Starts and waits until the Worker answers. @throws when it does not within a minute; the log's place is in the message. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  await mkdir(options.stateDir, { recursive: true })
  const port = options.port ?? (await freePort())
  const logPath = path.join(options.stateDir, 'wrangler.log')
  const log = openSync(logPath, 'a')
  const child = spawn(path.join(BIN, 'node'), devArguments(options, port, await freePort()), {
    cwd: ROOT,
    env: quietEnvironment(options.stateDir),
    detached: true,
    stdio: ['ignore', log, log],
  })
  const pid = child.pid
  if (pid === undefined) throw new Error(`wrangler dev could not be started for ${options.config}`)
  const killGroup = () => signalGroup(pid, 'SIGKILL')
  process.once('exit', killGroup)
  let ended = false
  const end = async (signal: NodeJS.Signals) => {
    // Once: afterwards the id may be somebody else's.
    if (ended) return
    ended = true
    await endGroup(pid, signal)
    process.off('exit', killGroup)
  }
  const server = {
    port,
    pid,
    stateDir: options.stateDir,
    pause: () => void signalGroup(pid, 'SIGSTOP'),
    resume: () => void signalGroup(pid, 'SIGCONT'),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
  if (!(await answers(`http://127.0.0.1:${port}${options.readyPath}`, child))) {
    await server.kill()
    throw new Error(`wrangler dev for ${options.config} did not answer; see ${logPath}`)
  }
  return server
}

/** Applies the D1 migrations of a config to the state directory. Run it before the server starts. */
export const applyMigrations = (config: string, stateDir: string): void => runD1(['migrations', 'apply', 'DB'], config, stateDir)

/** Runs statements on the local database. Not while the server runs. */
export const executeSql = (config: string, stateDir: string, sql: string): void =>
  runD1(['execute', 'DB', '--yes', '--command', sql], config, stateDir)

function runD1(command: readonly string[], config: string, stateDir: string): void {
  const args = [wranglerScript(), 'd1', ...command, '--local', '--config', config, '--persist-to', stateDir]
  const run = spawnSync(path.join(BIN, 'node'), args, { cwd: ROOT, env: quietEnvironment(stateDir), encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`d1 ${command.slice(0, 2).join(' ')} failed: ${run.stdout}${run.stderr}`)
}

function devArguments(options: DevServerOptions, port: number, inspectorPort: number): string[] {
  const vars = Object.entries(options.vars).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  const ports = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', String(inspectorPort)]
  const quiet = ['--log-level', 'warn', '--show-interactive-dev-session=false']
  return [wranglerScript(), 'dev', '--config', options.config, '--persist-to', options.stateDir, ...ports, ...quiet, ...vars]
}

function wranglerScript(): string {
  return path.join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
}

/** No look-ups, no telemetry, no traces written beside the state that is measured, no entry in the user's dev registry. */
function quietEnvironment(stateDir: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${BIN}${path.delimiter}${process.env.PATH ?? ''}`,
    CI: '1',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_REGISTRY_PATH: path.join(stateDir, 'registry'),
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_WRITE_LOGS: 'false',
    X_LOCAL_EXPLORER: 'false',
    X_LOCAL_OBSERVABILITY: 'false',
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(MIN_PORT, MAX_PORT)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  return promise
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN_MS
  while (Date.now() < deadline && child.exitCode === null) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
      await response.arrayBuffer()
      return true
    } catch {
      await sleep(100)
    }
  }
  return false
}

async function endGroup(pid: number, signal: NodeJS.Signals): Promise<void> {
  signalGroup(pid, signal)
  // A paused group would keep the signal for later.
  signalGroup(pid, 'SIGCONT')
  const deadline = Date.now() + STOP_WITHIN_MS
  while (signalGroup(pid, 0)) {
    if (Date.now() > deadline) signalGroup(pid, 'SIGKILL')
    await sleep(50)
  }
}

/** False once nobody is left in the group. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}
