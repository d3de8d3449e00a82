// Starts one execution: makes its identity, finds a free id, hands it to its object and, where asked to, waits for the end.
// Both start routes call it; by then the request is parsed and the definition valid.
import type { WorkflowDefinition } from '../../core/definition.ts'
import type { Authority, ExecutionIdentity } from '../../core/event.ts'
import { canonicalJson, type JsonObject } from '../../core/json.ts'
import { linksOf } from '../../core/links.ts'
import type { StartAnswer, StartRequest } from '../../execution/contract.ts'
import { ERASED } from '../../history/erase-execution.ts'
import type { ExecutionSummary } from '../../history/execution-summary.ts'
import type { ExecutionView } from '../../history/execution-view.ts'
import { isAdministrator } from '../access/permission.ts'
import { isPassingFailure } from '../as-refusal.ts'
import type { AppDeps } from '../deps.ts'
import { sha256Hex } from '../digest.ts'
import { ApiError } from '../errors.ts'
import { type ExpiredView, viewExpired } from '../expired-view.ts'
import type { Identity } from '../identity.ts'
import { waitForEnd } from '../wait-for-end.ts'
import { derivedIds, randomIds } from './execution-ids.ts'
import { linkOrigin } from './link-origin.ts'

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
  readonly priority: ExecutionIdentity['priority']
  /** Ms since the epoch; undefined: at once. */
  readonly startAt: number | undefined
  /** The trace that the caller is in. */
  readonly traceId: string | null
  readonly correlationId: string | null
  readonly sessionId: string | null
  /** As the caller says; nobody waits for this execution. */
  readonly parentExecutionId: string | null
  /** Null: where its workflow says, if it does. */
  readonly callbackUrl: string | null
  readonly captureIo: boolean
  readonly idempotencyKey: string | null
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
  try {
    const ended = await waitForEnd(execution, order.communityId, order.waitSeconds * 1000)
    return ended ? await execution.get(order.communityId, { includeLogs: true, includeMetrics: false }) : null
  } catch (error) {
    // It has started: an answer that says otherwise would have it started twice.
    if (isPassingFailure(error)) return null
    throw error
  }
}

async function startUnderFreeId(deps: AppDeps, order: StartOrder): Promise<Accepted | { kind: 'expired'; view: ExpiredView }> {
  const idempotency = await readIdempotency(order)
  const draft = draftIdentity(deps, order, idempotency)
  const origin = linkOrigin(deps.settings, order.origin)
  for await (const executionId of candidateIds(deps, order)) {
    const past = idempotency === null ? null : await findPast(deps, order, executionId)
    if (past === 'erased') continue
    if (past !== null) return { kind: 'expired', view: past }
    const { definition } = order.target
    const identity = { ...draft, executionId, ...linksOf(deps.settings.ID_SECRET, origin, executionId) }
    const answer = await askToStart(deps, {
      identity,
      definition,
      inputs: order.inputs,
      wait: order.waitSeconds > 0,
      ...(order.startAt !== undefined && { startAt: order.startAt }),
    })
    if (answer.kind === 'idempotency_conflict') throw startedOtherwise(executionId)
    if (answer.kind !== 'id_taken') return answer
  }
  throw new Error('no free execution id: the source of chance is broken')
}

/** @throws ApiError that names the execution where its object does not answer: the start may have got through all the same */
async function askToStart(deps: AppDeps, request: StartRequest): Promise<StartAnswer> {
  const { executionId, idempotency } = request.identity
  try {
    return await deps.execution(executionId).start(request)
  } catch (cause) {
    if (!isPassingFailure(cause)) throw cause
    const fix = idempotency === null ? `look at it before you start again` : `send the same request again`
    throw new ApiError('UNAVAILABLE', `Execution ${executionId} does not answer just now and may have started: ${fix}`, { cause })
  }
}

const candidateIds = (deps: AppDeps, { idempotencyKey: key, communityId, target }: StartOrder): AsyncGenerator<string> =>
  key === null
    ? randomIds(deps.randomId)
    : derivedIds(deps.settings.ID_SECRET, { communityId, workflowId: target.workflowId, key })

/**
 * What history knows of an id whose object may be empty, which would start anew: it has expired, or it was erased and stays taken.
 * @throws ApiError where somebody else started it
 */
async function findPast(deps: AppDeps, order: StartOrder, executionId: string): Promise<ExpiredView | 'erased' | null> {
  const stamp = await deps.history.getStamp(executionId)
  if (stamp === null) return null
  if (stamp.status === ERASED) return 'erased'
  const record = await deps.history.get(order.communityId, executionId)
  if (record === null || record.expires_at === null || record.expires_at > deps.clock()) return null
  // Of the body that it was started with, this is what history keeps.
  if (record.triggered_by !== order.identity.user) throw startedOtherwise(executionId)
  return viewExpired(record)
}

const startedOtherwise = (executionId: string): ApiError =>
  new ApiError('IDEMPOTENCY_CONFLICT', `This Idempotency-Key started ${executionId} with another body`)

async function readIdempotency(order: StartOrder): Promise<ExecutionIdentity['idempotency']> {
  const { idempotencyKey: key, identity, communityId, target, inputs } = order
  if (key === null) return null
  const workflow = target.workflowVersion === null ? { config_hash: target.configHash } : { workflow_id: target.workflowId }
  const body = { community_id: communityId, user: identity.user, workflow, version: target.versionAskedFor, inputs }
  return { key, bodyHash: await sha256Hex(canonicalJson(body)) }
}

/** All of it that is known before there is an id. */
export function draftIdentity(
  { randomId }: AppDeps,
  { target, identity, communityId, traceId, callbackUrl, ...order }: StartOrder,
  idempotency: ExecutionIdentity['idempotency'],
): Omit<ExecutionIdentity, 'executionId'> {
  return {
    workflowId: target.workflowId,
    workflowVersion: target.workflowVersion,
    configHash: target.configHash,
    communityId,
    traceId: traceId ?? randomId() + randomId(),
    parentExecutionId: order.parentExecutionId,
    correlationId: order.correlationId,
    sessionId: order.sessionId,
    triggerType: order.triggerType,
    triggeredBy: identity.user,
    authority: authorityOf(identity, target),
    priority: order.priority,
    metadata: order.metadata,
    captureIo: order.captureIo,
    idempotency,
    ...(callbackUrl !== null && { callbackUrl }),
  }
}

/** What executions that this one starts by itself may be. */
const authorityOf = (identity: Identity, { workflowId, workflowVersion }: StartTarget): Authority => ({
  ...(identity.keyId !== null && { key: identity.keyId }),
  ...(isAdministrator(identity) && { isAdmin: true }),
  ...(workflowId !== null && workflowVersion !== null && { workflow: workflowId }),
})
