// The end of the kill test as a table for people.
import { percentile } from './closed-loop.ts'
import type { CallCounts } from './kill-verdict.ts'
import type { View } from './millrace-api.ts'
import type { MixedKind } from './mixed-kinds.ts'
import type { MixedLoad } from './mixed-load.ts'
import { table } from './table.ts'

export interface KillReport {
  readonly rounds: number
  readonly kinds: readonly MixedKind[]
  readonly seed: number
  readonly load: MixedLoad
  /** The last of each accepted execution. */
  readonly views: ReadonlyMap<string, View>
  /** Moments are ms since the epoch. */
  readonly killedAt: readonly number[]
  readonly restartedAt: number
  /** When executions were asked for, after nothing had been for a while. */
  readonly askedAt: number
  readonly listedAfterMs: number
  readonly calls: CallCounts
  readonly serverErrors: readonly string[]
  readonly violations: readonly string[]
}

export function renderKillReport(report: KillReport): string {
  const { load, calls, rounds, kinds, seed } = report
  const views = [...report.views.values()]
  const ends = views.map(endOf).filter((end) => end !== null)
  const lastEnd = Math.max(...ends, report.restartedAt)
  const rows = [
    ['rounds (seed)', `${rounds} (${seed})`],
    ['kinds', kinds.join(', ')],
    ['accepted', String(load.accepted.length)],
    ['completed', String(views.filter((view) => view.status === 'completed').length)],
    ['starts without an answer (created all the same)', `${load.unansweredStarts} (${load.createdUnanswered})`],
    [
      'signals accepted (sent again; found the execution ended)',
      `${load.signalsSent} (${load.repeatedSignals}; ${load.endedBeforeRepeat})`,
    ],
    ['in flight at each kill: min / median / max', inFlightAtKills(report.killedAt, views)],
    ['calls: keys (expected) / requests', `${calls.keys} (${calls.expected}) / ${calls.requests}`],
    ['calls repeated: keys (times)', `${calls.repeatedKeys} (${calls.repeats})`],
    ['last end after the last restart', seconds(lastEnd - report.restartedAt)],
    ['ended only after they were asked for', String(ends.filter((end) => end > report.askedAt).length)],
    ['all in history after the last restart', seconds(report.listedAfterMs)],
    [
      'answered 5xx',
      `${report.serverErrors.length}${report.serverErrors.length === 0 ? '' : `, such as ${report.serverErrors[0]}`}`,
    ],
    ['violations', String(report.violations.length)],
  ]
  return table(['kill -9', ''], rows)
}

const endOf = ({ end_time: end }: View): number | null => (end === null ? null : Date.parse(end))

/** Counted afterwards, from the executions' own times: begun before the kill and not ended. */
function inFlightAtKills(killedAt: readonly number[], views: readonly View[]): string {
  const counts = killedAt.map((kill) => views.filter((view) => isOpenAt(view, kill)).length).sort((a, b) => a - b)
  return [counts[0], percentile(counts, 0.5), counts.at(-1)].join(' / ')
}

const isOpenAt = (view: View, moment: number): boolean =>
  Date.parse(view.start_time) <= moment && (endOf(view) ?? Number.POSITIVE_INFINITY) > moment

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
