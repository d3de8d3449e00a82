// What Millrace promises against the peers, at 8 callers of one and the same run.
import type { Cell } from './cell.ts'
import type { DiskUse } from './disk-ledger.ts'
import type { Kind } from './kind.ts'
import type { SystemName } from './system.ts'

export const RATIO_CALLERS = 8

export interface Ratio {
  readonly what: string
  readonly ratio: number
  /** At least this, or null where nothing is promised. */
  readonly target: number | null
}

interface Comparison {
  readonly kind: Kind
  readonly peer: SystemName
  readonly target: number | null
}

const RATES: readonly Comparison[] = [
  { kind: '10', peer: 'workflows', target: 4 },
  { kind: '10', peer: 'bare', target: 0.5 },
  { kind: '100', peer: 'workflows', target: 12 },
  { kind: '100', peer: 'bare', target: null },
  { kind: 'http', peer: 'workflows', target: 1.2 },
  { kind: 'http', peer: 'bare', target: null },
]
/** An object's file has four pages before it holds anything (16 KB), a twelfth of what the peer keeps of three steps. */
const DISK_TARGET = 20
const DISK: readonly Kind[] = ['10', '100', 'http']

export type DiskUses = Readonly<Partial<Record<SystemName, readonly DiskUse[]>>>

export function computeRatios(cells: readonly Cell[], disk: DiskUses): Ratio[] {
  const rate = (system: SystemName, kind: Kind) =>
    cells.find((cell) => cell.system === system && cell.kind === kind && cell.callers === RATIO_CALLERS)?.perSecond
  const kept = (system: SystemName, kind: Kind) => disk[system]?.find((use) => use.kind === kind)?.keptBytes
  const rates = RATES.map(({ kind, peer, target }) => ({
    what: `${kind}: executions/s, Millrace to ${peer}`,
    ratio: quotient(rate('millrace', kind), rate(peer, kind)),
    target,
  }))
  const sizes = DISK.map((kind) => ({
    what: `${kind}: disk kept by the object, workflows to Millrace`,
    ratio: quotient(kept('workflows', kind), kept('millrace', kind)),
    target: DISK_TARGET,
  }))
  return [...rates, ...sizes].filter((ratio): ratio is Ratio => ratio.ratio !== null)
}

/** Null where one of the two was not measured. */
function quotient(numerator: number | undefined, denominator: number | undefined): number | null {
  return numerator === undefined || !denominator ? null : numerator / denominator
}
