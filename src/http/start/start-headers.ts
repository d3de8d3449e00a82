// What a start reads from its headers.
import type { ExecutionIdentity } from '../../core/event.ts'
import { MAX_WAIT_SECONDS } from '../limits.ts'
import { saneHeaderId } from '../middleware/request-id.ts'
import { readIdempotencyKey } from './idempotency-key.ts'

type Priority = ExecutionIdentity['priority']

export interface StartHeaders {
  /** Null where the header is absent; an unknown value means `normal`. */
  readonly priority: Priority | null
  /** `X-Correlation-ID`; else the caller's own `X-Request-ID`, which names the same call on its side. */
  readonly correlationId: string | null
  /** The trace that the caller is in. */
  readonly traceId: string | null
  readonly captureIo: boolean
  /** Seconds of `Prefer: wait=n`, at most 30; null where absent. */
  readonly waitSeconds: number | null
  readonly idempotencyKey: string | null
}

/** @throws ApiError where an `Idempotency-Key` cannot be one: ignoring it would start twice */
export const readStartHeaders = (headers: Headers): StartHeaders => ({
  priority: readPriority(headers.get('X-Priority')),
  correlationId: idIn(headers, 'X-Correlation-ID') ?? idIn(headers, 'X-Request-ID'),
  traceId: readTraceId(headers.get('traceparent')),
  captureIo: headers.get('X-Workflow-Trace') === 'true',
  waitSeconds: readWait(headers.get('Prefer')),
  idempotencyKey: readIdempotencyKey(headers.get('Idempotency-Key')),
})

const idIn = (headers: Headers, name: string): string | null => saneHeaderId(headers.get(name) ?? undefined)

function readPriority(header: string | null): Priority | null {
  if (header === null) return null
  return (['high', 'normal', 'low'] as const).find((word) => word === header.trim().toLowerCase()) ?? 'normal'
}

/** W3C Trace Context: the fields of version 00; a later version may add more behind them. */
function readTraceId(header: string | null): string | null {
  const fields = header?.trim().match(/^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/)
  const [, version, traceId, parentId, more] = fields ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null
  if (traceId === undefined || /^0+$/.test(traceId) || /^0+$/.test(parentId ?? '')) return null
  return traceId
}

/** RFC 7240. */
function readWait(header: string | null): number | null {
  const seconds = header?.match(/(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?(?=$|[,;\s])/i)?.[1]
  return seconds === undefined ? null : Math.min(Number(seconds), MAX_WAIT_SECONDS)
}
