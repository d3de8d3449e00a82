// Starts the error workflow of a failed execution, once for each epoch that failed: its id is derived from both, and what history
// has stored was started before. The history queue's consumer calls it before it stores the record.
import { AttemptError } from '../core/attempt-error.ts'
import { canonicalJson, type JsonObject } from '../core/json.ts'
import { type NodeError, nodeError } from '../core/node-error.ts'
import type { ExecutionRpc, FailureFacts } from '../execution/contract.ts'
import type { ExecutionHistory } from '../history/execution-history.ts'
import { ERROR_WORKFLOW_TRIGGER, type HistoryMessage } from '../history/history-message.ts'
import type { StoredWorkflow } from '../history/workflow-store.ts'
import { assertDepth, assertInputs, descendantIdentity, type Origin } from '../runner/descendant.ts'
import { type Starter, startRefused } from '../runner/may-start.ts'
import { isStored } from './is-stored.ts'

export interface ErrorWorkflowDeps {
  readonly history: Pick<ExecutionHistory, 'getStamp'>
  /** The latest version; null where the community has no such workflow. */
  findWorkflow(communityId: string, workflowId: string): Promise<StoredWorkflow | null>
  /** Whether that execution may start this workflow. */
  mayStart(starter: Starter, workflowId: string): Promise<boolean>
  execution(executionId: string): Pick<ExecutionRpc, 'start' | 'failure'>
  derivedId(parts: readonly (string | number)[]): string
  /** Signs the links of what is started; absent where the deployment has none. */
  readonly linkSecret?: string | undefined
}

/**
 * Answers the id of what is started, or null where it was dealt with before or nothing is left to tell.
 * @throws AttemptError where it can never be started, and what the platform throws where it may be another time
 */
export async function startErrorWorkflow(message: HistoryMessage, deps: ErrorWorkflowDeps): Promise<string | null> {
  const { error_workflow: workflowId, execution_id, community_id, epoch } = message
  if (workflowId === undefined || (await isStored(message, deps.history))) return null
  const failure = await deps.execution(execution_id).failure(community_id, epoch)
  if (failure === null) return null
  const origin = originOf(failure)
  assertDepth(origin.depth)
  const stored = await deps.findWorkflow(community_id, workflowId)
  if (stored === null) throw refused(`There is no workflow ${workflowId}.`)
  if (!(await deps.mayStart(failure.identity, workflowId))) throw refused(startRefused(workflowId))
  const inputs = inputsOf(message, failure)
  assertInputs(stored, inputs)
  const parts = [ERROR_WORKFLOW_TRIGGER, execution_id, epoch]
  const executionId = deps.derivedId(parts)
  const idempotency = { key: canonicalJson(parts), bodyHash: '' }
  const descendant = { executionId, stored, triggerType: ERROR_WORKFLOW_TRIGGER, idempotency }
  const identity = descendantIdentity(origin, descendant, deps.linkSecret)
  const { kind } = await deps.execution(executionId).start({ identity, definition: stored.definition, inputs, wait: false })
  if (kind === 'started' || kind === 'replayed') return executionId
  throw refused(`The execution ${executionId} exists and is not that of this error workflow.`)
}

const refused = (message: string): AttemptError => new AttemptError(nodeError('CONFIG_INVALID', message))

function originOf({ identity }: FailureFacts): Origin {
  const { executionId, communityId, traceId, correlationId, sessionId, triggeredBy, authority, priority, captureIo, links } =
    identity
  return {
    executionId,
    communityId,
    traceId,
    correlationId,
    sessionId,
    triggeredBy,
    ...(authority !== undefined && { authority }),
    priority,
    captureIo,
    depth: (identity.depth ?? 0) + 1,
    rootExecutionId: identity.rootExecutionId ?? executionId,
    ...(links !== undefined && { linkOrigin: links.origin }),
  }
}

const inputsOf = (message: HistoryMessage, { inputs, error }: FailureFacts): JsonObject => ({
  execution_id: message.execution_id,
  workflow_id: message.workflow_id,
  error: { ...(error ?? recordedError(message)) },
  failed_node_id: message.error_node_id,
  inputs,
})

/** The execution has gone on in another epoch: its record has the failure, cut where it is long. */
const recordedError = ({ error_code, error_message }: HistoryMessage): NodeError => ({
  code: error_code ?? 'INTERNAL_ERROR',
  message: error_message ?? '',
  retryable: false,
})
