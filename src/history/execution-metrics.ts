// Figures of one execution, computed from its state.
import type { ExecutionState } from '../core/state.ts'
import { executionSeconds } from './execution-seconds.ts'
import { isoTime } from './iso-time.ts'
import { nodeDurationMs } from './node-view.ts'

export interface ExecutionMetrics {
  readonly execution_id: string
  readonly workflow_id?: string
  readonly total_duration_seconds: number
  readonly node_count: number
  /** Completed and failed ones. */
  readonly nodes_executed: number
  readonly nodes_skipped: number
  readonly nodes_failed: number
  readonly average_node_time_seconds: number
  readonly slowest_node_id: string | null
  readonly slowest_node_time_seconds: number | null
  readonly variable_count: number
  /** Always null: the platform does not tell. */
  readonly memory_used_mb: null
  readonly timestamp: string
}

export function measureExecution(state: ExecutionState, now: number): ExecutionMetrics {
  const { executionId, workflowId } = state.identity
  const times = nodeTimes(state)
  return {
    execution_id: executionId,
    ...(workflowId !== null && { workflow_id: workflowId }),
    total_duration_seconds: executionSeconds(state, now),
    node_count: state.nodes.size,
    nodes_executed: countNodes(state, 'completed') + countNodes(state, 'failed'),
    nodes_skipped: countNodes(state, 'skipped'),
    nodes_failed: countNodes(state, 'failed'),
    average_node_time_seconds: times.count === 0 ? 0 : times.totalMs / times.count / 1000,
    slowest_node_id: times.slowest?.id ?? null,
    slowest_node_time_seconds: times.slowest === null ? null : times.slowest.ms / 1000,
    variable_count: Object.keys(state.variables).length,
    memory_used_mb: null,
    timestamp: isoTime(now),
  }
}

function countNodes(state: ExecutionState, status: string): number {
  let count = 0
  for (const node of state.nodes.values()) if (node.status === status) count += 1
  return count
}

interface NodeTimes {
  readonly count: number
  readonly totalMs: number
  readonly slowest: { readonly id: string; readonly ms: number } | null
}

/** Over the nodes that ran to their end; of equally slow ones the first in definition order is named. */
function nodeTimes(state: ExecutionState): NodeTimes {
  let times: NodeTimes = { count: 0, totalMs: 0, slowest: null }
  for (const [id, node] of state.nodes) {
    const ms = node.status === 'completed' || node.status === 'failed' ? nodeDurationMs(node) : null
    if (ms === null) continue
    const slowest = times.slowest !== null && times.slowest.ms >= ms ? times.slowest : { id, ms }
    times = { count: times.count + 1, totalMs: times.totalMs + ms, slowest }
  }
  return times
}
