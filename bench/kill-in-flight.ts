// `node bench/kill-in-flight.ts [--executions 500] [--rounds 1]`: kill -9 of the whole server with executions in flight. All
// that were accepted must complete after a restart, by themselves, each with its own result and exactly once in history.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runRound } from './kill-round.ts'
import { positive } from './options.ts'

const MAX_EXECUTIONS = 5_000
const MAX_ROUNDS = 100
const MAX_VIOLATIONS_SHOWN = 20

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { executions: { type: 'string', default: '500' }, rounds: { type: 'string', default: '1' } },
  })
  const executions = positive('--executions', values.executions, MAX_EXECUTIONS)
  const rounds = positive('--rounds', values.rounds, MAX_ROUNDS)
  // Ends the servers too: each is ended when this process exits.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  for (let round = 1; round <= rounds; round++) {
    const stateDir = await mkdtemp(path.join(tmpdir(), 'millrace-kill-'))
    const { violations, ...figures } = await runRound(stateDir, executions)
    console.log(`round ${round}`, figures)
    if (violations.length > 0) {
      process.exitCode = 1
      console.error(`${violations.length} violations; state kept in ${stateDir}`, violations.slice(0, MAX_VIOLATIONS_SHOWN))
      return
    }
    await rm(stateDir, { recursive: true, force: true })
  }
}

await main()
