// One call of the API: the request, the envelope of the answer, and trying again where that can do no harm.
import type { RequestIssue } from '../http/api-types.ts'
import { errorFor, type MillraceError } from './errors.ts'
import { pause } from './pause.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api/v1`. */
  readonly path: string
  /** Members that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

export interface Answer<Data> {
  readonly status: number
  readonly headers: Headers
  readonly data: Data
  readonly meta: Readonly<Record<string, unknown>>
}

export interface TransportOptions {
  /** `https://millrace.example`, with or without a slash at its end. */
  readonly baseUrl: string
  /** An API key or a token; sent as `Authorization: Bearer`. */
  readonly apiKey: string
  /** The tenant, where the key may name any. */
  readonly communityId?: string
  /** How often a call that may be repeated is, at most; 2 unless given. */
  readonly retries?: number
  /** In the place of the global one. */
  readonly fetch?: typeof fetch
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 60_000

export class Transport {
  readonly #options: TransportOptions
  readonly #base: string

  constructor(options: TransportOptions) {
    this.#options = options
    this.#base = options.baseUrl.replace(/\/+$/, '')
  }

  /**
   * What the API answers. Data is what its reference says of this path: nothing here checks it.
   * @throws MillraceError; whatever `signal` was aborted with
   */
  async call<Data>(call: Call): Promise<Answer<Data>> {
    const { retries = 2 } = this.#options
    for (let tries = 0; ; tries += 1) {
      const answer = await this.#try<Data>(call)
      if (!('refused' in answer)) return answer
      if (tries >= retries || !mayRepeat(call, answer.refused)) throw answer.refused
      await pause(pauseMs(answer.refused, tries), call.signal)
    }
  }

  /** The address of a path, with the tenant in its query. */
  url(path: string, query: Call['query'] = {}): string {
    const url = new URL(`${this.#base}/api/v1${path}`)
    for (const [name, value] of Object.entries({ community_id: this.#options.communityId, ...query }))
      if (value !== undefined) url.searchParams.set(name, String(value))
    return url.href
  }

  async #try<Data>({ method, path, query, body, headers, signal }: Call): Promise<Answer<Data> | { refused: MillraceError }> {
    const send = this.#options.fetch ?? fetch
    let response: Response
    let text: string
    try {
      response = await send(this.url(path, query), {
        method,
        headers: {
          Authorization: `Bearer ${this.#options.apiKey}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      })
      text = await response.text()
    } catch (cause) {
      signal?.throwIfAborted()
      const message = `${method} ${path} got no answer: ${cause instanceof Error ? cause.message : cause}`
      const unknown = { status: 0, requestId: null, issues: [], retryAfterSeconds: null }
      return { refused: errorFor({ ...unknown, code: 'NO_ANSWER', message }, { cause }) }
    }
    return readAnswer<Data>(response, text, `${method} ${path}`)
  }
}

interface Envelope {
  readonly success: boolean
  readonly data?: unknown
  readonly meta?: Readonly<Record<string, unknown>>
  readonly message?: string
  readonly error_code?: string
  readonly details?: { readonly request_id?: string; readonly issues?: readonly RequestIssue[] }
}

function readAnswer<Data>(response: Response, text: string, what: string): Answer<Data> | { refused: MillraceError } {
  const { status, headers } = response
  const envelope = parseEnvelope(text)
  // The server's word: the reference says which data this path has.
  if (envelope?.success === true) return { status, headers, data: envelope.data as Data, meta: envelope.meta ?? {} }
  const refused = errorFor({
    status,
    code: envelope?.error_code ?? 'BAD_ANSWER',
    message: envelope?.message ?? `${what} was answered with ${status} and no JSON of Millrace`,
    requestId: envelope?.details?.request_id ?? headers.get('X-Request-ID'),
    issues: envelope?.details?.issues ?? [],
    retryAfterSeconds: secondsIn(headers.get('Retry-After')),
  })
  return { refused }
}

/** Null where it is none: what a proxy in between has written. */
function parseEnvelope(text: string): Envelope | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'success' in value ? (value as Envelope) : null
  } catch {
    return null
  }
}

const secondsIn = (header: string | null): number | null => (header !== null && /^\d{1,9}$/.test(header) ? Number(header) : null)

/** What was refused for its number took no effect. Else only what does the same however often it is sent is sent again. */
function mayRepeat({ method, headers = {} }: Call, { status, code }: MillraceError): boolean {
  if (status === 429) return code === 'RATE_LIMITED'
  return (
    (method !== 'POST' || 'Idempotency-Key' in headers) && (status === 0 || status === 502 || status === 503 || status === 504)
  )
}

/** As the server says, else ever longer, and not all clients at once. */
const pauseMs = ({ retryAfterSeconds }: MillraceError, tries: number): number =>
  Math.min(
    retryAfterSeconds === null ? FIRST_PAUSE_MS * 2 ** tries * (1 + Math.random()) : retryAfterSeconds * 1000,
    LONGEST_PAUSE_MS,
  )
