// Reads a whole start: what its body and its headers say together. Where both name one thing, the body wins.
import type { Settings } from '../../env.ts'
import { badRequest } from '../errors.ts'
import { MAX_WAIT_SECONDS } from '../limits.ts'
import { readCallbackUrl } from './callback-url.ts'
import { checkInputs } from './check-inputs.ts'
import { readInputs, readMetadata, readStartAt, type StartBody } from './start-body.ts'
import type { StartOrder, StartTarget } from './start-execution.ts'
import type { StartHeaders } from './start-headers.ts'

/** Where a start comes from. */
export interface StartSource extends Pick<StartOrder, 'identity' | 'communityId' | 'triggerType' | 'origin'> {
  readonly headers: StartHeaders
  readonly settings: Settings
  /** Ms since the epoch. */
  readonly now: number
}

/** @throws ApiError naming what cannot be */
export function readOrder(source: StartSource, body: StartBody, target: StartTarget): StartOrder {
  const { headers, settings, now, identity, communityId, triggerType, origin } = source
  const inputs = readInputs(body)
  const metadata = readMetadata(body)
  checkInputs(target.definition, inputs)
  return {
    target,
    identity,
    communityId,
    triggerType,
    origin,
    inputs,
    metadata,
    priority: body.priority ?? headers.priority ?? target.definition.settings?.priority ?? 'normal',
    startAt: readStartAt(body, now),
    traceId: headers.traceId,
    correlationId: body.correlation_id ?? headers.correlationId,
    sessionId: body.session_id ?? (typeof metadata.session_id === 'string' ? metadata.session_id : null),
    parentExecutionId: body.parent_execution_id ?? null,
    callbackUrl: readCallbackUrl(body.callback_url, target.definition, settings),
    captureIo: headers.captureIo || target.definition.settings?.capture_io === true,
    idempotencyKey: readKey(body, headers),
    waitSeconds: waitSeconds(body, headers),
  }
}

/** Two keys would be two requests. */
function readKey({ idempotency_key: inBody }: StartBody, { idempotencyKey: inHeader }: StartHeaders): string | null {
  if (inBody === undefined || inHeader === null || inBody === inHeader) return inBody ?? inHeader
  throw badRequest('idempotency_key', 'idempotency_key and the header Idempotency-Key differ: send one of them')
}

/** `async_execution: true` never waits; else `Prefer: wait=n` says how long, and `false` alone means as long as it may be. */
function waitSeconds(body: StartBody, headers: StartHeaders): number {
  if (body.async_execution === true) return 0
  return headers.waitSeconds ?? (body.async_execution === false ? MAX_WAIT_SECONDS : 0)
}
