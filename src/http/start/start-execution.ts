// Starts one execution: makes its identity, finds a free id, hands it to its object and, where asked to, waits for the end.
// Both start routes call it; by then the request is parsed and the definition valid.
import type { WorkflowDefinition } from '../../core/definition.ts'
import type { ExecutionIdentity } from '../../core/event.ts'
import { canonicalJson, type JsonObject } from '../../core/json.ts'
import { linksOf } from '../../core/links.ts'
import type { StartAnswer } from '../../execution/contract.ts'
import { ERASED } from '../../history/erase-execution.ts'
import type { ExecutionSummary } from '../../history/execution-summary.ts'
import type { ExecutionView } from '../../history/execution-view.ts'
import type { AppDeps } from '../deps.ts'
import { sha256Hex } from '../digest.ts'
import { ApiError } from '../errors.ts'
import { type ExpiredView, viewExpired } from '../expired-view.ts'
import type { Identity } from '../identity.ts'
import { waitForEnd } from '../wait-for-end.ts'
import { derivedIds, randomIds } from './execution-ids.ts'
import { linkOrigin } from './link-origin.ts'
import type { StartHeaders } from './start-headers.ts'

/** What is to run. */
export interface StartTarget {
  readonly definition: WorkflowDefinition
  readonly configHash: string
  readonly workflowId: string | null
  /** Null for inline definitions. */
  readonly workflowVersion: number | null
  /** As asked for; null: the latest, or inline. */
  readonly versionAskedFor: number | null
}

export interface StartOrder {
  readonly target: StartTarget
  readonly identity: Identity
  readonly communityId: string
  readonly inputs: JsonObject
  readonly metadata: JsonObject
  readonly priority: ExecutionIdentity['priority'] | null
  /** Ms since the epoch; undefined: at once. */
  readonly startAt: number | undefined
  readonly headers: StartHeaders
  /** `POST /api/v1/executions` */
  readonly triggerType: string
  /** Where the request came in: signed links lead there, where the deployment names no other place. */
  readonly origin: string
  /** 0: answer at once. */
  readonly waitSeconds: number
}

export interface StartResult {
  readonly executionId: string
  /** The execution existed: the same request came before. */
  readonly replayed: boolean
  readonly ended: boolean
  readonly data: ExecutionSummary | ExecutionView | ExpiredView
}

type Accepted = Extract<StartAnswer, { readonly summary: ExecutionSummary }>

export async function startExecution(deps: AppDeps, order: StartOrder): Promise<StartResult> {
  const started = await startUnderFreeId(deps, order)
  if (started.kind === 'expired') {
    return { executionId: started.view.execution_id, replayed: true, ended: true, data: started.view }
  }
  const executionId = started.summary.execution_id
  const view = started.view ?? (await viewAtEnd(deps, order, executionId))
  return { executionId, replayed: started.kind === 'replayed', ended: view !== null, data: view ?? started.summary }
}

/** Null where it is not waited for, or takes longer. */
async function viewAtEnd(deps: AppDeps, order: StartOrder, executionId: string): Promise<ExecutionView | null> {
  if (order.waitSeconds === 0) return null
  const execution = deps.execution(executionId)
  const ended = await waitForEnd(execution, order.communityId, order.waitSeconds * 1000)
  return ended ? execution.get(order.communityId, { includeLogs: true, includeMetrics: false }) : null
}

async function startUnderFreeId(deps: AppDeps, order: StartOrder): Promise<Accepted | { kind: 'expired'; view: ExpiredView }> {
  const idempotency = await readIdempotency(order)
  const draft = draftIdentity(deps, order, idempotency)
  const origin = linkOrigin(deps.settings, order.origin)
  for await (const executionId of candidateIds(deps, order)) {
    const past = idempotency === null ? null : await findPast(deps, order.communityId, executionId)
    if (past === 'erased') continue
    if (past !== null) return { kind: 'expired', view: past }
    const { definition } = order.target
    const identity = { ...draft, executionId, ...linksOf(deps.settings.ID_SECRET, origin, executionId) }
    const answer = await deps.execution(executionId).start({
      identity,
      definition,
      inputs: order.inputs,
      wait: order.waitSeconds > 0,
      ...(order.startAt !== undefined && { startAt: order.startAt }),
    })
    if (answer.kind === 'idempotency_conflict') {
      throw new ApiError('IDEMPOTENCY_CONFLICT', `This Idempotency-Key started ${executionId} with another body`)
    }
    if (answer.kind !== 'id_taken') return answer
  }
  throw new Error('no free execution id: the source of chance is broken')
}

const candidateIds = (deps: AppDeps, { headers, communityId, target }: StartOrder): AsyncGenerator<string> =>
  headers.idempotencyKey === null
    ? randomIds(deps.randomId)
    : derivedIds(deps.settings.ID_SECRET, { communityId, workflowId: target.workflowId, key: headers.idempotencyKey })

/** After its retention an object is empty and would start anew; its row in history says that the id is used up. */
/** What history knows of an id whose object may be empty: it has expired, or it was erased and stays taken. */
async function findPast(deps: AppDeps, communityId: string, executionId: string): Promise<ExpiredView | 'erased' | null> {
  const stamp = await deps.history.getStamp(executionId)
  if (stamp === null) return null
  if (stamp.status === ERASED) return 'erased'
  const record = await deps.history.get(communityId, executionId)
  return record !== null && record.expires_at !== null && record.expires_at <= deps.clock() ? viewExpired(record) : null
}

async function readIdempotency(order: StartOrder): Promise<ExecutionIdentity['idempotency']> {
  const { headers, identity, communityId, target, inputs } = order
  if (headers.idempotencyKey === null) return null
  const workflow = target.workflowVersion === null ? { config_hash: target.configHash } : { workflow_id: target.workflowId }
  const body = { community_id: communityId, user: identity.user, workflow, version: target.versionAskedFor, inputs }
  return { key: headers.idempotencyKey, bodyHash: await sha256Hex(canonicalJson(body)) }
}

function draftIdentity(
  deps: AppDeps,
  { target, identity, communityId, metadata, priority, headers, triggerType }: StartOrder,
  idempotency: ExecutionIdentity['idempotency'],
): Omit<ExecutionIdentity, 'executionId'> {
  const { settings } = target.definition
  return {
    workflowId: target.workflowId,
    workflowVersion: target.workflowVersion,
    configHash: target.configHash,
    communityId,
    traceId: headers.traceId ?? deps.randomId() + deps.randomId(),
    parentExecutionId: null,
    correlationId: headers.correlationId,
    sessionId: typeof metadata.session_id === 'string' ? metadata.session_id : null,
    triggerType,
    triggeredBy: identity.user,
    priority: priority ?? headers.priority ?? settings?.priority ?? 'normal',
    metadata,
    captureIo: headers.captureIo || settings?.capture_io === true,
    idempotency,
  }
}
