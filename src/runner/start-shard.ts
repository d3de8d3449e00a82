// Starts the child execution of a shard. Its id is derived from the shard's run, so that starting it twice starts it once, and in a
// later epoch has it go on with what it has not done. Called by the Runner through `AttemptContext.startShard`.
import type { ExecutionIdentity } from '../core/event.ts'
import { canonicalJson } from '../core/json.ts'
import { linksOf } from '../core/links.ts'
import type { ExecutionRpc } from '../execution/contract.ts'
import type { AttemptTask } from './task.ts'

export interface StartShardDeps {
  execution(executionId: string): Pick<ExecutionRpc, 'start'>
  /** Signs the child's links; absent where the deployment has none. */
  readonly linkSecret?: string | undefined
  /** The id of the child that this run of the node starts. */
  childId(task: AttemptTask): string
}

/** What a shard's id is derived from. `run`: of its node; `failures`: how many children before it that node has let go of. */
export const shardIdParts = (shard: {
  readonly executionId: string
  readonly node: string
  readonly run: number
  readonly failures: number
}): readonly (string | number)[] => ['shard', shard.executionId, shard.node, shard.run, shard.failures]

export async function startShard(task: AttemptTask, deps: StartShardDeps): Promise<string> {
  const { child, shard } = task
  if (child === undefined || shard === undefined) throw new TypeError(`${task.nodeType} has no shard`)
  const executionId = deps.childId(task)
  const identity = shardIdentity(task, executionId, deps.linkSecret)
  const answer = await deps.execution(executionId).start({ identity, wait: false, ...shard })
  if (answer.kind === 'started' || answer.kind === 'replayed') return executionId
  throw new Error(`the execution ${executionId} exists and is not this shard`)
}

function shardIdentity(task: AttemptTask, executionId: string, linkSecret: string | undefined): ExecutionIdentity {
  const { child } = task
  if (child === undefined) throw new TypeError('a shard has a parent')
  return {
    executionId,
    workflowId: task.workflowId,
    workflowVersion: null,
    configHash: child.configHash,
    communityId: child.communityId,
    traceId: task.traceId,
    parentExecutionId: task.executionId,
    parent: child.parent,
    // A shard is a part of its parent, not a workflow below it.
    depth: child.depth - 1,
    rootExecutionId: child.rootExecutionId,
    correlationId: task.correlationId,
    sessionId: child.sessionId,
    triggerType: 'shard',
    triggeredBy: child.triggeredBy,
    ...(child.authority !== undefined && { authority: child.authority }),
    priority: child.priority,
    metadata: {},
    captureIo: child.captureIo,
    idempotency: { key: canonicalJson(['shard', task.executionId, task.node, task.run]), bodyHash: '' },
    shard: true,
    ...linksOf(linkSecret, child.linkOrigin, executionId),
  }
}
