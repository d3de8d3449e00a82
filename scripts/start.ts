// `npm start`: everything from a clean checkout to a server that answers. Arguments go to `wrangler dev`
// (`npm start -- --port 9000`). A second start goes on with the data of the first.
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { completeDevVars } from './dev-vars.ts'
import { greet } from './greeting.ts'
import { ROOT, startWrangler, wranglerFailure } from './wrangler.ts'
import { createNoiseFilter } from './wrangler-noise.ts'

const READY_WITHIN_MS = 60_000
const LOOK_AGAIN_MS = 100

/** A start that cannot succeed, for a reason the user can do something about. */
class StartError extends Error {}

async function start(args: string[]): Promise<void> {
  const { port, persistTo } = readOptions(args)
  if (!(await isFree(port)))
    throw new StartError(`Port ${port} is taken, perhaps by another Millrace. Stop it, or: npm start -- --port ${port + 1}`)
  const vars = completeDevVars(path.join(ROOT, '.dev.vars'))
  applyMigrations(persistTo)
  const child = startWrangler(['dev', ...args, '--port', String(port), '--show-interactive-dev-session=false'])
  passOn(child)
  const base = `http://127.0.0.1:${port}`
  if (await answers(`${base}/health`, child)) process.stdout.write(greet({ base, key: vars.get('MILLRACE_ADMIN_KEY') ?? '' }))
  else if (child.exitCode === null) {
    child.kill('SIGTERM')
    throw new StartError(`${base}/health did not answer within ${READY_WITHIN_MS / 1000} s.`)
  }
}

/** Takes `--port` out of the arguments, which is given to wrangler in any case. */
function readOptions(args: string[]): { readonly port: number; readonly persistTo: string | null } {
  const options = { port: { type: 'string', default: '8787' }, 'persist-to': { type: 'string' } } as const
  const { values, tokens } = parseArgs({ args, options, strict: false, tokens: true })
  for (const token of tokens.toReversed())
    if (token.kind === 'option' && token.name === 'port') args.splice(token.index, token.inlineValue === true ? 1 : 2)
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new StartError(`--port ${values.port} is not a port.`)
  return { port, persistTo: typeof values['persist-to'] === 'string' ? values['persist-to'] : null }
}

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const probe = createServer()
  probe.once('error', () => resolve(false))
  probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  return promise
}

function applyMigrations(persistTo: string | null): void {
  const place = persistTo === null ? [] : ['--persist-to', persistTo]
  const failure = wranglerFailure(['d1', 'migrations', 'apply', 'DB', '--local', ...place])
  if (failure !== null) throw new StartError(`The database could not be set up:\n${failure}`)
}

/** Its logs are shown, its signals passed on; when it ends, so do we, and never without it. */
function passOn(child: ChildProcess): void {
  const isWorth = createNoiseFilter()
  if (child.stdout !== null)
    createInterface(child.stdout).on('line', (line) => {
      if (isWorth(line)) process.stdout.write(`${line}\n`)
    })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  process.on('exit', () => child.kill('SIGTERM'))
  child.on('exit', (code) => process.exit(process.exitCode ?? code ?? 0))
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN_MS
  while (Date.now() < deadline && child.exitCode === null) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
    if (response?.ok) return true
    await sleep(LOOK_AGAIN_MS)
  }
  return false
}

try {
  await start(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
