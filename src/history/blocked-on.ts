// What an unfinished node waits for, in the words of the API.
import type { GraphNode } from '../core/graph.ts'
import { mustNode } from '../core/graph.ts'
import type { ExecutionState, NodeState } from '../core/state.ts'
import { isoTime } from './iso-time.ts'

export interface BlockedOn {
  readonly kind: 'timer' | 'lease' | 'join' | 'retry'
  /** ISO 8601 UTC: when it ends by itself. */
  readonly until?: string
  readonly detail: string
}

/** Null for a finished node. */
export function blockedOn(state: ExecutionState, node: GraphNode): BlockedOn | null {
  const nodeState = mustNode(state.nodes, node.id)
  switch (nodeState.status) {
    case 'pending':
      return state.phase.status === 'open' ? { kind: 'join', detail: joinDetail(state, node) } : null
    case 'running':
      return {
        kind: 'lease',
        until: isoTime(nodeState.leaseUntil),
        detail: `attempt ${nodeState.attempt} is under way`,
      }
    case 'retrying':
      return {
        kind: 'retry',
        until: isoTime(nodeState.resumeAt),
        detail: `attempt ${nodeState.attempt + 1} after ${nodeState.error.code}`,
      }
    case 'waiting':
      return { kind: 'timer', until: isoTime(nodeState.resumeAt), detail: 'waits for its moment' }
    default:
      return null
  }
}

function joinDetail(state: ExecutionState, node: GraphNode): string {
  if (state.startedAt === null) return 'the execution has not started'
  const open = node.sources.filter((source) => !isFinished(mustNode(state.nodes, source)))
  return open.length === 0 ? 'about to run' : `waits for ${open.join(', ')}`
}

const isFinished = (node: NodeState): boolean => 'completedAt' in node
