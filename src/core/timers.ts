// Moments that an open execution waits for. One alarm serves them all: the earliest.
import { nodePath, openRuns } from './instance.ts'
import type { ExecutionState, NodeState } from './state.ts'

/** When this node's timer or lease is due, ms since the epoch; null where it has none. */
export function nodeDueAt(node: NodeState): number | null {
  switch (node.status) {
    case 'running':
      return node.leaseUntil
    case 'waiting':
    case 'retrying':
      return node.resumeAt
    default:
      return null
  }
}

/** When the time limit ends the execution; null where it has none, has not begun or is paused: its clock stands still. */
export function deadlineAt({ timeoutSeconds, clockFrom, paused }: ExecutionState): number | null {
  return timeoutSeconds === null || clockFrom === null || paused !== null ? null : clockFrom + Math.ceil(timeoutSeconds * 1000)
}

/** The earliest moment at which an open execution has something to do by itself; null where nothing is due or it has ended. */
export function nextWakeAt(state: ExecutionState): number | null {
  if (state.phase.status !== 'open') return null
  if (state.startedAt === null) return state.paused === null ? state.startAt : null
  let earliest = deadlineAt(state)
  for (const { run } of openRuns(state))
    for (const node of run.nodes.values()) {
      const due = dueAtNow(state, node)
      if (due !== null && (earliest === null || due < earliest)) earliest = due
    }
  return earliest
}

/** The deadline of an execution that is open. */
export const openDeadlineAt = (state: ExecutionState): number | null => (state.phase.status === 'open' ? deadlineAt(state) : null)

/** Nodes whose moment has come by `now`, earliest first, then in definition order. */
export function dueNodes(state: ExecutionState, now: number): readonly string[] {
  const due: { readonly node: string; readonly at: number }[] = []
  for (const { iteration, run } of openRuns(state))
    for (const [id, node] of run.nodes) {
      const at = dueAtNow(state, node)
      if (at !== null && at <= now) due.push({ node: nodePath(iteration, id), at })
    }
  return due.sort((a, b) => a.at - b.at).map(({ node }) => node)
}

/** While an execution is paused, timers keep their moment and take effect on resume; only leases end. */
const dueAtNow = ({ paused }: ExecutionState, node: NodeState): number | null =>
  paused === null || node.status === 'running' ? nodeDueAt(node) : null

/** A duration as Go prints it (`5m0s`, `1h0m0s`, `100ms`, `1.5s`): the form in which timeouts are reported. */
export function formatGoDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = (ms % 60_000) / 1000
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}
