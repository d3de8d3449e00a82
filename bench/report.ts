// The run as tables for people. The same object goes to disk as JSON for machines.
import { MILLRACE_UNITS, WORKFLOWS_UNITS } from './billable-units.ts'
import type { Cell } from './cell.ts'
import { KIND_TITLES, KINDS, type Kind } from './kind.ts'
import { type BillableUnits, pricePerMillion } from './prices.ts'
import { type DiskUses, RATIO_CALLERS, type Ratio } from './ratios.ts'
import type { StoredRows } from './stored-rows.ts'
import { SYSTEM_NAMES, type SystemName } from './system.ts'
import { table } from './table.ts'

export interface BenchResult {
  readonly startedAt: string
  readonly node: string
  readonly cores: number
  readonly secondsPerCell: number
  readonly cells: readonly Cell[]
  readonly disk: DiskUses
  readonly sharedBytesPerExecution: Readonly<Partial<Record<SystemName, number>>>
  readonly storedRows: readonly (StoredRows & { readonly system: SystemName; readonly kind: Kind })[]
  /** Counted in Millrace's D1 after the run; null where it did not run. */
  readonly historyRowsPerExecution: number | null
  readonly ratios: readonly Ratio[]
}

const TITLES: Readonly<Record<SystemName, string>> = {
  millrace: 'Millrace',
  workflows: 'Cloudflare Workflows',
  bare: 'bare Durable Object',
}

export function renderReport(result: BenchResult): string {
  return [
    `# Benchmark, ${result.startedAt}, Node ${result.node}, ${result.cores} cores, ${result.secondsPerCell} s per cell`,
    '## Executions',
    "Each system under one `wrangler dev`, measured in turn; the others stand still. Times from request to completion. What is put off until after the answer (eviction of idle objects; after a minute, Millrace's look whether its history arrived) falls between cells, unless a cell is long: `--seconds 120`.",
    executions(result.cells),
    '## Disk per execution',
    'Allocated bytes of an object\'s files. "Open": right after the cell. "Kept": after idle objects were evicted. "Pages": in use, as a checkpoint would leave them. Shared: history and alarms.',
    disk(result),
    `## Ratios (rates at ${RATIO_CALLERS} callers)`,
    ratios(result.ratios),
    '## Billed per execution, list price per million',
    billed(result),
    '## How durable each is',
    DURABILITY,
  ].join('\n\n')
}

function executions(cells: readonly Cell[]): string {
  const rows = [...cells]
    .sort(byKindThenCallers)
    .map((cell) => [
      KIND_TITLES[cell.kind],
      String(cell.callers),
      TITLES[cell.system],
      cell.perSecond.toFixed(1),
      cell.p50Ms.toFixed(1),
      cell.p99Ms.toFixed(1),
      cell.peakMemoryBytes === null ? 'unknown' : String(Math.round(cell.peakMemoryBytes / 1e6)),
      String(cell.completed),
    ])
  return table(['workflow', 'callers', 'system', 'executions/s', 'p50 ms', 'p99 ms', 'peak MB', 'executions'], rows)
}

function byKindThenCallers(a: Cell, b: Cell): number {
  const system = SYSTEM_NAMES.indexOf(a.system) - SYSTEM_NAMES.indexOf(b.system)
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.callers - b.callers || system
}

function disk(result: BenchResult): string {
  const rows = SYSTEM_NAMES.flatMap((system) =>
    (result.disk[system] ?? []).map((use) => {
      const stored = result.storedRows.find((rows) => rows.system === system && rows.kind === use.kind)
      const shared = kilobytes(result.sharedBytesPerExecution[system])
      const cells = [kilobytes(use.openBytes), kilobytes(use.keptBytes), kilobytes(stored?.pageBytes), shared]
      return [
        KIND_TITLES[use.kind],
        TITLES[system],
        ...cells,
        `${decimal(stored?.rows)} + ${decimal(stored?.alarms)}`,
        decimal(stored?.valueBytes),
      ]
    }),
  )
  return table(['workflow', 'system', 'open KB', 'kept KB', 'pages KB', 'shared KB', 'rows + alarms', 'value bytes'], rows)
}

function ratios(list: readonly Ratio[]): string {
  const verdict = ({ ratio, target }: Ratio) => (target === null ? '' : `≥ ${target}: ${ratio >= target ? 'met' : 'MISSED'}`)
  return table(
    ['what', 'ratio', 'target'],
    list.map((ratio) => [ratio.what, ratio.ratio.toFixed(2), verdict(ratio)]),
  )
}

function billed(result: BenchResult): string {
  const row = (title: string, kind: Kind, units: BillableUnits) => [
    KIND_TITLES[kind],
    title,
    String(units.objectRowsWritten ?? ''),
    String(units.d1RowsWritten ?? ''),
    String(units.queueMessages ?? ''),
    String(units.objectRequests ?? ''),
    String(units.workflowSteps ?? ''),
    `$${pricePerMillion(units).toFixed(2)}`,
  ]
  const rows = KINDS.flatMap((kind) => [
    row(TITLES.millrace, kind, MILLRACE_UNITS[kind]),
    row(`${TITLES.workflows} (steps alone)`, kind, WORKFLOWS_UNITS[kind]),
  ])
  const header = ['workflow', 'system', 'object rows', 'D1 rows', 'queue messages', 'object requests', 'steps', 'per million']
  const found = result.historyRowsPerExecution
  const note = found === null ? '' : `\n\nFound in D1 after the run: ${found.toFixed(2)} rows and index entries per execution.`
  return `${table(header, rows)}\n\nWorker requests, CPU time and duration are left out for both.${note}`
}

const DURABILITY = [
  '- **Millrace**: the answer leaves after the journal row that holds it is committed; each settled call is a commit of its own. Alarms are persisted: after `kill -9` every accepted execution goes on by itself. History follows by queue; the object resends what a crash lost.',
  '- **Cloudflare Workflows**: every step is committed before the next begins. The answer here is given when `status()` says complete, looked at every 5 ms. Locally, an instance that sleeps or waits for a retry when the process ends is not resumed; in production it is. Its files here are those of the local engine, which keeps each instance open; what production stores is not known.',
  '- **Bare Durable Object**: its rows are committed before the answer leaves. It cannot resume, retry or list anything: it is the floor that any engine on this platform stands on.',
  '- All three ran on the local runtime on one machine. Ratios carry over to production only as far as the work is the same there; no production number is claimed.',
].join('\n')

function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : (bytes / 1e3).toFixed(1)
}

function decimal(value: number | undefined): string {
  return value === undefined ? '?' : String(Number(value.toFixed(2)))
}
