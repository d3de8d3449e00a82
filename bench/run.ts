// `npm run bench`: measures Millrace, Cloudflare Workflows and a bare Durable Object in turn, in one run, each under its own
// `wrangler dev`. Prints tables and writes bench/results/latest.json.
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cell, measureCell } from './cell.ts'
import { DiskLedger } from './disk-ledger.ts'
import { KINDS } from './kind.ts'
import { startMillrace } from './millrace-system.ts'
import { type BenchOptions, readOptions } from './options.ts'
import { startBareObject, startWorkflows } from './peer-system.ts'
import { computeRatios } from './ratios.ts'
import { type BenchResult, renderReport } from './report.ts'
import { startSlowServer } from './slow-server.ts'
import { countHistoryRows, countStoredRows } from './stored-rows.ts'
import type { System, SystemName, SystemOptions } from './system.ts'

const HTTP_DELAY_MS = 20
const RESULTS = path.join(import.meta.dirname, 'results')
const STARTERS: Readonly<Record<SystemName, (options: SystemOptions) => Promise<System>>> = {
  millrace: startMillrace,
  workflows: startWorkflows,
  bare: startBareObject,
}

interface Entry {
  readonly system: System
  readonly ledger: DiskLedger
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  // Ends the servers too: each is ended when this process exits.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const workDir = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'))
  const slow = await startSlowServer(HTTP_DELAY_MS)
  const entries: Entry[] = []
  try {
    for (const name of options.only) entries.push(await start(name, path.join(workDir, name), slow.url))
    const result = await measure(options, entries).catch((cause: unknown) => {
      throw new Error(`the run broke off\n${serverLogs(entries)}`, { cause })
    })
    await mkdir(RESULTS, { recursive: true })
    await writeFile(path.join(RESULTS, 'latest.json'), `${JSON.stringify(result, null, 2)}\n`)
    console.log(renderReport(result))
  } finally {
    for (const { system } of entries) await system.stop()
    slow.close()
    await rm(workDir, { recursive: true, force: true })
  }
}

async function start(name: SystemName, stateDir: string, slowUrl: string): Promise<Entry> {
  console.error(`starting ${name}`)
  const system = await STARTERS[name]({ stateDir, slowUrl })
  const entry = { system, ledger: new DiskLedger(system) }
  system.pause()
  return entry
}

async function measure(options: BenchOptions, entries: readonly Entry[]): Promise<BenchResult> {
  const startedAt = new Date().toISOString()
  const cells = await measureCells(options, entries)
  for (const { system } of entries) system.server.resume()
  const restMs = Math.max(...entries.map(({ system }) => system.restMs))
  console.error(`waiting ${restMs / 1000} s for idle objects to be evicted`)
  await sleep(restMs)
  const disk = Object.fromEntries(entries.map(({ system, ledger }) => [system.name, ledger.uses()]))
  const shared = Object.fromEntries(entries.map(({ system, ledger }) => [system.name, ledger.sharedBytesPerExecution()]))
  for (const { system } of entries) await system.stop()
  return {
    startedAt,
    node: process.version,
    cores: availableParallelism(),
    secondsPerCell: options.seconds,
    cells,
    disk,
    sharedBytesPerExecution: shared,
    ...countRows(entries),
    ratios: computeRatios(cells, disk),
  }
}

async function measureCells(options: BenchOptions, entries: readonly Entry[]): Promise<Cell[]> {
  const cells: Cell[] = []
  const lastEndedAt = new Map<SystemName, number>()
  for (const kind of options.kinds) {
    for (const callers of options.callers) {
      for (const { system, ledger } of entries) {
        const ended = lastEndedAt.get(system.name) ?? 0
        const cell = await measureCell({ system, kind, callers, seconds: options.seconds, lastEndedAt: ended })
        lastEndedAt.set(system.name, Date.now())
        ledger.record(kind)
        cells.push(cell)
        console.error(`${kind} × ${callers} callers, ${system.name}: ${cell.perSecond.toFixed(1)}/s`)
      }
    }
  }
  return cells
}

function countRows(entries: readonly Entry[]): Pick<BenchResult, 'storedRows' | 'historyRowsPerExecution'> {
  const storedRows = entries.flatMap(({ system, ledger }) =>
    KINDS.flatMap((kind) => {
      const stored = countStoredRows(system.objectsDirectory, ledger.ids(kind))
      return stored === null ? [] : [{ system: system.name, kind, ...stored }]
    }),
  )
  const history = entries.flatMap(({ system }) => (system.historyDirectory === null ? [] : [system.historyDirectory]))
  return { storedRows, historyRowsPerExecution: history.map(countHistoryRows)[0] ?? null }
}

/** The end of what each server said, which goes with the work directory. */
function serverLogs(entries: readonly Entry[]): string {
  const tail = ({ system }: Entry) => readFileSync(path.join(system.server.stateDir, 'wrangler.log'), 'utf8').slice(-2_000)
  return entries.map((entry) => `${entry.system.name}:\n${tail(entry)}`).join('\n')
}

await main()
