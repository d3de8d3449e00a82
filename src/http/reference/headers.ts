// The headers that the API reads and sends, as the reference declares them. A route names those it has; some stand for all routes.
// Headers that only tell caches and browsers what to do are left out.

interface HeaderText {
  readonly description: string
  readonly schema: Readonly<Record<string, unknown>>
  readonly example: string | number
}

const text = { type: 'string' } as const

export const REQUEST_HEADERS = {
  'X-Request-ID': {
    description: 'An id of the caller’s, up to 128 printable characters, for logs and answers; another is not taken over.',
    schema: text,
    example: 'checkout-7f3a',
  },
  'Idempotency-Key': {
    description: 'The same key and body take effect once, however often they are sent.',
    schema: { ...text, minLength: 1, maxLength: 255 },
    example: 'order-17',
  },
  'If-Match': {
    description: 'The `ETag` of the version that must still be the latest; `*`: any.',
    schema: text,
    example: '"3"',
  },
  Prefer: {
    description: '`wait=n` waits up to n seconds, 30 at most, for the end (RFC 7240).',
    schema: text,
    example: 'wait=10',
  },
  'X-Priority': {
    description: '`high`, `normal` or `low`; anything else is `normal`. `priority` of the body is stronger.',
    schema: text,
    example: 'high',
  },
  'X-Correlation-ID': {
    description: 'Names the call on the caller’s side; searches find executions by it. Absent: the caller’s `X-Request-ID`.',
    schema: text,
    example: 'order-17',
  },
  'X-Workflow-Trace': {
    description: 'Exactly `true`: what goes into nodes and comes out of them stands in stream, logs and history.',
    schema: text,
    example: 'true',
  },
  traceparent: {
    description: 'The trace that the caller is in (W3C Trace Context); the execution joins it.',
    schema: text,
    example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  },
  'Last-Event-ID': {
    description: 'With `Accept: text/event-stream`: the last event that is known; stronger than `after`.',
    schema: text,
    example: '12',
  },
} as const satisfies Readonly<Record<string, HeaderText>>

export const RESPONSE_HEADERS = {
  'X-Request-ID': { description: 'Finds the request in the logs.', schema: text, example: '9d41c0a7f2e86b35' },
  'X-Execution-ID': { description: 'The execution that the answer is about.', schema: text, example: '4be0643f1d98573b' },
  ETag: { description: 'The version, for `If-Match`.', schema: text, example: '"3"' },
  'Idempotent-Replay': {
    description: '`true` where this `Idempotency-Key` had taken effect before.',
    schema: text,
    example: 'true',
  },
  'Retry-After': { description: 'Seconds until it may be worth while to ask again.', schema: { type: 'integer' }, example: 60 },
  'RateLimit-Policy': { description: 'The limit of the key’s tier.', schema: text, example: '"standard";q=100;w=60' },
  RateLimit: { description: 'What is left of it, and when there is more.', schema: text, example: '"standard";r=0;t=60' },
  'X-RateLimit-Limit': { description: 'Requests a minute.', schema: { type: 'integer' }, example: 100 },
  'X-RateLimit-Remaining': { description: 'Of them, what is left.', schema: { type: 'integer' }, example: 0 },
} as const satisfies Readonly<Record<string, HeaderText>>

export type RequestHeader = keyof typeof REQUEST_HEADERS
export type ResponseHeader = keyof typeof RESPONSE_HEADERS

/** What a start reads. */
export const START_HEADERS = [
  'Idempotency-Key',
  'Prefer',
  'X-Priority',
  'X-Correlation-ID',
  'X-Workflow-Trace',
  'traceparent',
] as const satisfies readonly RequestHeader[]

/** As parameters of an operation. */
export const parametersOf = (names: readonly RequestHeader[]) =>
  names.map((name) => ({ $ref: `#/components/parameters/${name}` }))

/** As headers of an answer. */
export const headersOf = (names: readonly ResponseHeader[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

export const parameterComponents = Object.entries(REQUEST_HEADERS).map(
  ([name, header]) => [name, { name, in: 'header' as const, ...header }] as const,
)

/** Only the id stands in every answer. */
export const headerComponents = Object.entries(RESPONSE_HEADERS).map(
  ([name, header]) => [name, { ...header, ...(name === 'X-Request-ID' && { required: true }) }] as const,
)
