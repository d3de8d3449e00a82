// Tells a server that an execution has ended: one signed POST, whose id is the same however often it is made. The task queue's
// consumer calls it and decides about repeats.
import { AttemptError, attemptTimeout } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import type { GuardedFetch } from '../core/node-type.ts'
import { callbackSecret, webhookSignature } from '../core/webhook-signature.ts'
import type { ExecutionRpc } from '../execution/contract.ts'
import type { ExecutionRecord } from '../history/execution-record.ts'
import { isoTime } from '../history/iso-time.ts'
import { outboundHeaders } from '../runner/outbound-headers.ts'
import type { CallbackMessage } from './messages.ts'

/** Receivers take the message and work later: a queue's consumer must not wait for their work. */
const CALLBACK_TIMEOUT_MS = 10_000

export interface DeliverCallbackDeps {
  readonly fetch: GuardedFetch
  execution(executionId: string): Pick<ExecutionRpc, 'get'>
  /** Signing secrets are made from it; absent where the deployment has none. */
  readonly idSecret: string | undefined
  /** Millrace's, for `User-Agent`. */
  readonly version: string
  /** Ms since the epoch. */
  now(): number
}

/** @throws AttemptError where it was not taken, retryable where another try may help; and what the platform throws */
export async function deliverCallback({ url, record }: CallbackMessage, deps: DeliverCallbackDeps): Promise<void> {
  if (!deps.idSecret)
    throw new AttemptError(nodeError('CONFIG_INVALID', 'A callback is signed with ID_SECRET, which is not set.'))
  const deliveryId = callbackId(record)
  const output = await finalOutput(record, deps)
  const body = JSON.stringify({ ...summarize(record, deliveryId), ...output })
  const signature = webhookSignature(callbackSecret(deps.idSecret, record.community_id), deps.now(), body)
  await post(url, { body, headers: { ...headersOf(record, deliveryId, deps.version), 'X-Millrace-Signature': signature } }, deps)
}

/** The same for every try, and another for each epoch that ends. */
const callbackId = ({ execution_id, epoch }: ExecutionRecord): string => `${execution_id}.callback.${epoch}`

const headersOf = (record: ExecutionRecord, idempotencyKey: string, version: string) => ({
  'Content-Type': 'application/json',
  ...outboundHeaders(
    {
      executionId: record.execution_id,
      workflowId: record.workflow_id,
      correlationId: record.correlation_id,
      traceId: record.trace_id,
      idempotencyKey,
    },
    version,
  ),
})

const summarize = (record: ExecutionRecord, deliveryId: string) => ({
  event: 'execution.ended',
  delivery_id: deliveryId,
  execution_id: record.execution_id,
  ...(record.workflow_id !== null && { workflow_id: record.workflow_id }),
  workflow_version: record.workflow_version,
  config_hash: record.config_hash,
  community_id: record.community_id,
  status: record.status,
  success: record.status === 'completed',
  epoch: record.epoch,
  start_time: isoTime(record.started_at),
  end_time: record.ended_at === null ? null : isoTime(record.ended_at),
  execution_time_seconds: record.ended_at === null ? null : (record.ended_at - record.started_at) / 1000,
  nodes_executed: record.nodes_executed,
  error_code: record.error_code,
  error_message: record.error_message,
  error_node_id: record.error_node_id,
  trigger_type: record.trigger_type,
  triggered_by: record.triggered_by,
  correlation_id: record.correlation_id,
  parent_execution_id: record.parent_execution_id,
  trace_id: record.trace_id,
  metadata: record.metadata,
})

/** As its view shows it: what is large by its address. Nothing where the execution is gone, or has gone on in another epoch. */
async function finalOutput(
  { execution_id, community_id, epoch, status }: ExecutionRecord,
  { execution }: DeliverCallbackDeps,
): Promise<{ readonly final_output?: Json }> {
  if (status !== 'completed') return {}
  const view = await execution(execution_id).get(community_id, { includeLogs: false, includeMetrics: false })
  return view?.epoch === epoch ? { final_output: view.final_output } : {}
}

async function post(url: string, init: Pick<RequestInit, 'body' | 'headers'>, { fetch }: DeliverCallbackDeps): Promise<void> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(attemptTimeout(CALLBACK_TIMEOUT_MS)), CALLBACK_TIMEOUT_MS)
  try {
    // A redirect would take what is signed elsewhere.
    const response = await fetch(url, { ...init, method: 'POST', redirect: 'manual', signal: controller.signal })
    response.body?.cancel().catch(() => {})
    if (!response.ok) throw refusedWith(response.status)
  } finally {
    clearTimeout(timer)
  }
}

/** 410 is how a receiver says that it wants no more of them. Anything else may be its deployment, or ours. */
const refusedWith = (status: number): AttemptError =>
  new AttemptError(nodeError('HTTP_STATUS', `The receiver answered ${status}.`, { status, retryable: status !== 410 }))
