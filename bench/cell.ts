// One cell of the table: a system, a kind of workflow, a number of callers. The others stand still meanwhile.
import { setTimeout as sleep } from 'node:timers/promises'
import { type LoadResult, runClosedLoop } from './closed-loop.ts'
import type { Kind } from './kind.ts'
import { sampleMemory } from './process-memory.ts'
import type { System, SystemName } from './system.ts'

const WARM_UP_SECONDS = 3
const MAX_EXECUTIONS = 50_000
/** Quiet: so many answers in a row of a Worker that does nothing, each within the bound. */
const QUIET_PROBES = 10
const QUIET_ANSWER_MS = 20
const QUIET_WITHIN_MS = 60_000

export interface CellOptions {
  readonly system: System
  readonly kind: Kind
  readonly callers: number
  readonly seconds: number
  /** When this system's last cell ended, ms since the epoch. */
  readonly lastEndedAt: number
}

export interface Cell extends LoadResult {
  readonly system: SystemName
  readonly kind: Kind
  readonly callers: number
  readonly warmUpExecutions: number
  /** Of the workerd processes; null where the platform does not say. */
  readonly peakMemoryBytes: number | null
}

/** @throws on the first execution that does not complete: a rate with failures in it means nothing. */
export async function measureCell({ system, kind, callers, seconds, lastEndedAt }: CellOptions): Promise<Cell> {
  const load = { callers, maxExecutions: MAX_EXECUTIONS, execute: () => system.execute(kind) }
  await sleep(Math.max(0, lastEndedAt + system.restMs - Date.now()))
  system.server.resume()
  await untilQuiet(system)
  const warmUp = mustBeWhole(await runClosedLoop({ ...load, seconds: WARM_UP_SECONDS }))
  const memory = sampleMemory(system.server.pid)
  const result = mustBeWhole(await runClosedLoop({ ...load, seconds }))
  const peakMemoryBytes = memory.stop()
  system.pause()
  return { system: system.name, kind, callers, warmUpExecutions: warmUp.completed, ...result, peakMemoryBytes }
}

/** Waits until the server has done what it had put off. Otherwise the cell would pay at once for all cells before it. */
async function untilQuiet(system: System): Promise<void> {
  const deadline = Date.now() + QUIET_WITHIN_MS
  for (let quiet = 0; quiet < QUIET_PROBES; ) {
    const sentAt = performance.now()
    await system.probe()
    quiet = performance.now() - sentAt < QUIET_ANSWER_MS ? quiet + 1 : 0
    if (Date.now() > deadline) throw new Error(`${system.title} did not come to rest within ${QUIET_WITHIN_MS / 1000} s`)
    await sleep(100)
  }
}

function mustBeWhole(result: LoadResult): LoadResult {
  if (result.failed > 0) throw new Error(`${result.failed} executions failed: ${result.firstFailure}`)
  return result
}
