// Figures of one execution, computed from its state.
import { allRuns } from '../core/instance.ts'
import type { ExecutionState } from '../core/state.ts'
import { executionSeconds } from './execution-seconds.ts'
import { isoTime } from './iso-time.ts'
import { nodeInstances } from './node-instances.ts'

export interface ExecutionMetrics {
  readonly execution_id: string
  readonly workflow_id?: string
  readonly total_duration_seconds: number
  /** Here and below: of all iterations too. */
  readonly node_count: number
  /** Completed and failed ones. */
  readonly nodes_executed: number
  readonly nodes_skipped: number
  readonly nodes_failed: number
  /** Loops apart, which take as long as their iterations: so is the slowest. */
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
  const counts = countByStatus(state)
  const count = (status: string): number => counts.get(status) ?? 0
  return {
    execution_id: executionId,
    ...(workflowId !== null && { workflow_id: workflowId }),
    total_duration_seconds: executionSeconds(state, now),
    node_count: state.nodes.size + state.instances,
    nodes_executed: count('completed') + count('failed'),
    nodes_skipped: count('skipped'),
    nodes_failed: count('failed'),
    average_node_time_seconds: times.count === 0 ? 0 : times.totalMs / times.count / 1000,
    slowest_node_id: times.slowest?.id ?? null,
    slowest_node_time_seconds: times.slowest === null ? null : times.slowest.ms / 1000,
    variable_count: Object.keys(state.variables).length,
    memory_used_mb: null,
    timestamp: isoTime(now),
  }
}

function countByStatus(state: ExecutionState): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { nodes } of allRuns(state))
    for (const { status } of nodes.values()) counts.set(status, (counts.get(status) ?? 0) + 1)
  return counts
}

interface NodeTimes {
  readonly count: number
  readonly totalMs: number
  readonly slowest: { readonly id: string; readonly ms: number } | null
}

/** Over the nodes that ran to their end; of equally slow ones the first in definition order is named. */
function nodeTimes(state: ExecutionState): NodeTimes {
  let times: NodeTimes = { count: 0, totalMs: 0, slowest: null }
  for (const { path, nodeState } of nodeInstances(state)) {
    if ((nodeState.status !== 'completed' && nodeState.status !== 'failed') || nodeState.loop !== null) continue
    const ms = nodeState.completedAt - nodeState.startedAt
    const slowest = times.slowest !== null && times.slowest.ms >= ms ? times.slowest : { id: path, ms }
    times = { count: times.count + 1, totalMs: times.totalMs + ms, slowest }
  }
  return times
}
