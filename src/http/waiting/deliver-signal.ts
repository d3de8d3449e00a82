// Delivers an outside event to an execution, for whoever has a key or a signed link; and says what has become of it.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type Json, jsonByteLength } from '../../core/json.ts'
import { MAX_SIGNAL_BYTES } from '../../core/limits.ts'
import type { ExecutionStatus } from '../../core/state.ts'
import type { Asker, Refusal } from '../../execution/contract.ts'
import { answers, succeed } from '../answer.ts'
import type { AppDeps, HttpEnv } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { executionStatusSchema } from '../execution-schema.ts'
import { SECONDS_UNTIL_KEPT_SIGNALS_MAY_BE_FEWER } from '../limits.ts'
import { refuseUnknown } from './refuse-unknown.ts'

export interface SignalOrder {
  readonly executionId: string
  readonly communityId: Asker
  readonly name: string
  readonly payload: Json
  /** `Idempotency-Key`; null: none. */
  readonly key: string | null
  readonly by: string
}

const signalSchema = z.object({
  execution_id: z.string(),
  event: z.string(),
  outcome: z.enum(['delivered', 'kept', 'repeated']),
  node_id: z.string().nullable().openapi({ description: 'The node that it went to; null where it was not delivered now.' }),
  execution_status: executionStatusSchema,
})

export const signalAnswers = answers({
  200: {
    description: 'A node waited for it and has completed; or it came before with this `Idempotency-Key` and changed nothing now',
    schema: signalSchema,
  },
  202: { description: 'It is kept until a node waits for it and its `match` holds', schema: signalSchema },
})

/** @throws ApiError where it cannot be delivered */
export async function answerSignal(c: Context<HttpEnv>, deps: AppDeps, order: SignalOrder): Promise<Response> {
  const { executionId, communityId, name, payload, key, by } = order
  const bytes = jsonByteLength(payload)
  if (bytes > MAX_SIGNAL_BYTES)
    throw new ApiError('PAYLOAD_TOO_LARGE', `The payload has ${bytes} bytes as JSON, at most ${MAX_SIGNAL_BYTES} are allowed`)
  const answer = await deps.execution(executionId).control(communityId, { type: 'signal', name, payload, key, by })
  if (answer.kind === 'not_found') return refuseUnknown(deps, executionId, communityId)
  if (answer.kind === 'refused' && answer.reason !== 'REPEATED_SIGNAL') throw refusal(order, answer.reason, answer.status)
  const nodeId = answer.kind === 'done' ? (answer.deliveredTo ?? null) : null
  const outcome = answer.kind === 'refused' ? 'repeated' : nodeId === null ? 'kept' : 'delivered'
  if (outcome === 'repeated') c.header('Idempotent-Replay', 'true')
  const data = { execution_id: executionId, event: name, outcome, node_id: nodeId, execution_status: answer.status }
  return succeed(c, data, { status: outcome === 'kept' ? 202 : 200, message: MESSAGES[outcome] })
}

const MESSAGES = {
  delivered: 'Event delivered',
  kept: 'Event kept: no node takes it yet',
  repeated: 'This event has come before',
} as const

function refusal({ executionId, name }: SignalOrder, reason: Refusal, status: ExecutionStatus): ApiError {
  switch (reason) {
    case 'UNKNOWN_SIGNAL':
      return new ApiError('NOT_FOUND', `No node of execution ${executionId} waits for an event ${JSON.stringify(name)}`)
    case 'TOO_MANY_SIGNALS':
      return new ApiError(
        'RATE_LIMITED',
        `Execution ${executionId} takes no more events for now: it keeps as many as it may, or too many nodes wait for this one`,
        {
          retryAfterSeconds: SECONDS_UNTIL_KEPT_SIGNALS_MAY_BE_FEWER,
        },
      )
    default:
      return new ApiError('CONFLICT', `Execution ${executionId} takes no more events: it is ${status}`)
  }
}
