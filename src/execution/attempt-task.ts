// The attempt that is under way at a node, as a Runner or a queue consumer gets it.
import { mustNode } from '../core/graph.ts'
import { attemptTimeoutSeconds } from '../core/run-node.ts'
import type { ExecutionState } from '../core/state.ts'
import type { AttemptTask } from '../runner/task.ts'

/** Only of a running node of a handed-off type; anything else is a bug. */
export function attemptTask(state: ExecutionState, nodeId: string): AttemptTask {
  const node = mustNode(state.graph.nodes, nodeId)
  const running = mustNode(state.nodes, nodeId)
  if (running.status !== 'running' || node.type.kind !== 'handed_off') throw new Error(`no attempt under way at ${nodeId}`)
  const { executionId, workflowId, correlationId, parentExecutionId, traceId } = state.identity
  return {
    executionId,
    workflowId,
    correlationId,
    parentExecutionId,
    traceId,
    epoch: state.epoch,
    node: nodeId,
    nodeType: node.type.type,
    run: state.epoch,
    attempt: running.attempt,
    config: running.config,
    timeoutMs: attemptTimeoutSeconds(node, node.type) * 1000,
  }
}
