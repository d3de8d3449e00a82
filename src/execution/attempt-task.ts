// The attempt that is under way at a node, as a Runner or a queue consumer gets it.
import { mustInstance, stateOf } from '../core/instance.ts'
import { runNumber } from '../core/node-run.ts'
import { attemptTimeoutSeconds, leaseMs } from '../core/run-node.ts'
import type { ExecutionState } from '../core/state.ts'
import type { AttemptTask, ChildOrigin } from '../runner/task.ts'
import { shardOrder } from './shard-order.ts'

/** Only of a running node of a handed-off type; anything else is a bug. */
export function attemptTask(state: ExecutionState, path: string, isListened = false): AttemptTask {
  const instance = mustInstance(state, path)
  const { node } = instance
  const running = stateOf(state, instance)
  if (running.status !== 'running' || node.type.kind !== 'handed_off') throw new Error(`no attempt under way at ${path}`)
  const { communityId, executionId, workflowId, correlationId, parentExecutionId, traceId } = state.identity
  return {
    communityId,
    executionId,
    workflowId,
    correlationId,
    parentExecutionId,
    traceId,
    epoch: state.epoch,
    node: path,
    nodeType: node.type.type,
    run: runNumber(state, path),
    attempt: running.attempt,
    startedAt: running.leaseUntil - leaseMs(node, node.type),
    config: running.config,
    // Whole, as databases and timers take it: 1.005 * 1000 is not.
    timeoutMs: Math.max(1, Math.round(attemptTimeoutSeconds(node, node.type) * 1000)),
    ...(isListened && { listened: true }),
    ...(node.type.startsChild === true && { child: childOrigin(state, path) }),
    ...(node.type.internal === true && { shard: shardOrder(state, instance.iteration) }),
  }
}

function childOrigin({ identity, epoch, replacedChildren }: ExecutionState, node: string): ChildOrigin {
  const {
    executionId,
    communityId,
    sessionId,
    triggeredBy,
    authority,
    priority,
    captureIo,
    configHash,
    depth = 0,
    rootExecutionId,
    links,
  } = identity
  return {
    communityId,
    sessionId,
    triggeredBy,
    ...(authority !== undefined && { authority }),
    priority,
    captureIo,
    configHash,
    depth: depth + 1,
    rootExecutionId: rootExecutionId ?? executionId,
    ...(links !== undefined && { linkOrigin: links.origin }),
    parent: { executionId, epoch, node, failures: replacedChildren[node] ?? 0 },
  }
}
