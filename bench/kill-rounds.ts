// `node bench/kill-rounds.ts [--rounds 20] [--executions 200] [--kinds delay,joins] [--seed 1]`: kill -9 of the whole server at
// random moments, over and over, with executions of mixed kinds in flight. All that were accepted must complete, by themselves,
// each with its own result and exactly once. Ends with a report; exit code 1 and the state kept where anything is wrong.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { drawFrom } from '../src/core/retry.ts'
import { startFlakyServer } from './flaky-server.ts'
import { httpClient } from './http-client.ts'
import { type KillReport, renderKillReport } from './kill-report.ts'
import { countCalls, untilEnded, untilListed, wrongCalls, wrongEndings, wrongHistory, wrongResults } from './kill-verdict.ts'
import { hasEnded, MillraceApi } from './millrace-api.ts'
import { startMillraceServer } from './millrace-server.ts'
import { isMixedKind, MIXED_KINDS, type MixedKind, mixedWorkflow } from './mixed-kinds.ts'
import { MixedLoad } from './mixed-load.ts'
import { list, positive } from './options.ts'

const MAX_ROUNDS = 1_000
const MAX_EXECUTIONS = 5_000
const MAX_SEED = 2 ** 31
const MAX_VIOLATIONS_SHOWN = 30
/** From full load to the kill. */
const MAX_RUN_MS = 8_000
/** Some kills come sooner, from the first answer after a restart: while the last one is still being recovered from. */
const HASTY_SHARE = 0.25
const MAX_HASTY_MS = 2_000
/** Some come while starts are being sent: one may be journaled and never answered. From the first of them. */
const INTERRUPTING_SHARE = 0.25
const MAX_INTERRUPTING_MS = 400
/** Nothing but signals is sent for this long after the last restart: executions have to go on by themselves. */
const UNTOUCHED_MS = 60_000
const COMPLETE_WITHIN_MS = 180_000
/** What history lost is sent again by the execution: after a minute, then after twice as long, each time the server lives. */
const LISTED_WITHIN_MS = 900_000

interface KillOptions {
  readonly rounds: number
  readonly executions: number
  readonly kinds: readonly MixedKind[]
  readonly seed: number
}

function readOptions(): KillOptions {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      executions: { type: 'string', default: '200' },
      kinds: { type: 'string', default: MIXED_KINDS.join(',') },
      seed: { type: 'string', default: '1' },
    },
  })
  return {
    rounds: positive('--rounds', values.rounds, MAX_ROUNDS),
    executions: positive('--executions', values.executions, MAX_EXECUTIONS),
    kinds: list('--kinds', values.kinds, isMixedKind),
    seed: positive('--seed', values.seed, MAX_SEED),
  }
}

async function runRounds(stateDir: string, options: KillOptions): Promise<KillReport> {
  const flaky = await startFlakyServer()
  const millrace = await startMillraceServer({ stateDir })
  const client = httpClient(millrace.server.port, millrace.headers)
  const api = new MillraceApi(client)
  const load = new MixedLoad({ api, seed: options.seed, kinds: options.kinds, inFlight: options.executions })
  let server = millrace.server
  const killedAt: number[] = []
  try {
    for (const kind of options.kinds) await api.store(mixedWorkflow(kind, flaky.url))
    load.begin()
    for (let round = 1; round <= options.rounds && load.refusals.length === 0; round++) {
      await untilKill(load, options.seed, round)
      if (round === options.rounds) load.stop()
      killedAt.push(Date.now())
      await server.kill()
      server = await millrace.restart()
      console.error(`round ${round} of ${options.rounds}: ${load.accepted.length} accepted`)
    }
    const restartedAt = Date.now()
    await Promise.all([load.settle(restartedAt + COMPLETE_WITHIN_MS), sleep(UNTOUCHED_MS)])
    return await judge({ ...options, api, load, killedAt, restartedAt, requestsByKey: flaky.requestsByKey })
  } finally {
    load.stop()
    await server.kill()
    client.close()
    flaky.close()
  }
}

async function untilKill(load: MixedLoad, seed: number, round: number): Promise<void> {
  const kind = drawFrom(seed, 'kind of kill', round)
  const rest = (maxMs: number) => sleep(drawFrom(seed, 'kill', round) * maxMs)
  if (round > 1 && kind < HASTY_SHARE) return rest(MAX_HASTY_MS)
  await load.filled()
  if (kind > 1 - INTERRUPTING_SHARE) {
    await load.sent()
    return rest(MAX_INTERRUPTING_MS)
  }
  return rest(MAX_RUN_MS)
}

interface Trial extends KillOptions {
  readonly api: MillraceApi
  readonly load: MixedLoad
  readonly killedAt: readonly number[]
  readonly restartedAt: number
  readonly requestsByKey: ReadonlyMap<string, number>
}

async function judge({ api, load, requestsByKey, ...trial }: Trial): Promise<KillReport> {
  const { accepted } = load
  const askedAt = Date.now()
  const views = await untilEnded(api, accepted, askedAt + COMPLETE_WITHIN_MS)
  const ended = accepted.map(({ id }) => id).filter((id) => hasEnded(views.get(id) ?? { status: 'lost' }))
  const endings = await wrongEndings(api, ended)
  const listed = await untilListed(api, ended, Date.now() + LISTED_WITHIN_MS)
  return {
    ...trial,
    load,
    views,
    askedAt,
    listedAfterMs: Date.now() - trial.restartedAt,
    calls: countCalls(requestsByKey, accepted),
    serverErrors: api.serverErrors,
    violations: [
      ...load.refusals,
      ...wrongResults(accepted, views, load.endSeen),
      ...endings,
      ...wrongHistory(listed, accepted, views),
      ...wrongCalls(requestsByKey, accepted),
    ],
  }
}

async function main(): Promise<void> {
  const options = readOptions()
  // Ends the servers too: each is ended when this process exits.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const stateDir = await mkdtemp(path.join(tmpdir(), 'millrace-kill-'))
  const report = await runRounds(stateDir, options)
  console.log(renderKillReport(report))
  const { violations } = report
  if (violations.length === 0) return rm(stateDir, { recursive: true, force: true })
  process.exitCode = 1
  console.error(`${violations.length} violations; state kept in ${stateDir}`)
  for (const violation of violations.slice(0, MAX_VIOLATIONS_SHOWN)) console.error(`- ${violation}`)
}

await main()
