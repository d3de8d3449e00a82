// Moments that an open execution waits for. One alarm serves them all: the earliest.
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

/** When `settings.timeout_seconds` ends the execution; null where it is not bounded or has not begun. */
export function deadlineAt(state: ExecutionState): number | null {
  const seconds = state.graph.definition.settings?.timeout_seconds
  return seconds === undefined || state.startedAt === null ? null : state.startedAt + Math.ceil(seconds * 1000)
}

/** The earliest moment at which an open execution has something to do by itself; null where nothing is due or it has ended. */
export function nextWakeAt(state: ExecutionState): number | null {
  if (state.phase.status !== 'open') return null
  let earliest = deadlineAt(state)
  for (const node of state.nodes.values()) {
    const due = nodeDueAt(node)
    if (due !== null && (earliest === null || due < earliest)) earliest = due
  }
  return earliest
}

/** Nodes whose moment has come by `now`, earliest first, then in definition order. */
export function dueNodes(state: ExecutionState, now: number): readonly string[] {
  const due: { readonly node: string; readonly at: number }[] = []
  for (const [node, nodeState] of state.nodes) {
    const at = nodeDueAt(nodeState)
    if (at !== null && at <= now) due.push({ node, at })
  }
  return due.sort((a, b) => a.at - b.at).map(({ node }) => node)
}

/** A duration as Go prints it (`5m0s`, `1h0m0s`, `100ms`, `1.5s`): the form in which timeouts are reported. */
export function formatGoDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = (ms % 60_000) / 1000
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}
