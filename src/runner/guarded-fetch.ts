// The only way out of an attempt: checks the address at every hop, follows redirects itself as the Fetch standard does, leaves
// credentials behind where a redirect changes the origin, and bounds what comes back. Made once per Runner; it reads no body.
import { AttemptError, connectionFailure } from '../core/attempt-error.ts'
import { MAX_REDIRECTS, MAX_RESPONSE_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { GuardedFetch } from '../core/node-type.ts'
import { showUrl } from '../core/show-url.ts'
import { type Allowances, assertPublicUrl } from './address-rules.ts'
import type { AddressCheck } from './dns-check.ts'
import { limitBody } from './limit-body.ts'

export interface GuardedFetchDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly allowances: Allowances
  /** Looks the host up as well, where the deployment wants it. */
  readonly checkAddress?: AddressCheck
}

type SignalledInit = Parameters<GuardedFetch>[1]

interface Hop {
  readonly url: URL
  readonly init: SignalledInit
}

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Headers that another origin may see. All others may hold credentials: any name can be an API key's. */
const HEADERS_FOR_OTHER_ORIGINS: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-language',
  'content-type',
  'idempotency-key',
  'traceparent',
  'user-agent',
  'x-correlation-id',
  'x-execution-id',
  'x-workflow-id',
])

/** Bodies must be repeatable (text or bytes): a 307 sends them again. With `redirect: 'manual'` a redirect is an answer like any other. */
export function createGuardedFetch({ fetch, allowances, checkAddress }: GuardedFetchDeps): GuardedFetch {
  const send = async ({ url, init }: Hop): Promise<Response> => {
    await checkAddress?.(url, init.signal)
    try {
      return await fetch(url.href, { ...init, redirect: 'manual' })
    } catch (thrown) {
      throw connectionFailure(thrown, init.signal, url.href)
    }
  }

  return async (url, init) => {
    let hop: Hop = { url: assertPublicUrl(url, allowances), init }
    for (let redirects = 0; ; redirects += 1) {
      const response = await send(hop)
      const location = init.redirect === 'manual' ? null : redirectLocation(response)
      if (location === null) return bounded(response, init.maxResponseBytes)
      discardBody(response)
      if (redirects === MAX_REDIRECTS) throw tooManyRedirects(response.status, hop.url)
      hop = nextHop(hop, response.status, redirectTarget(location, hop.url, allowances))
    }
  }
}

/** Servers send any three digits; only these are a `Response` that one can make. */
function bounded(response: Response, maxBytes = MAX_RESPONSE_BYTES): Response {
  if (response.status >= 200 && response.status <= 599) return limitBody(response, maxBytes)
  discardBody(response)
  throw new AttemptError(
    nodeError('RESPONSE_INVALID', `The server answered with the status ${response.status}, which HTTP does not have.`),
  )
}

/** As the standard has it, a redirect without `Location` is an answer like any other. */
const redirectLocation = (response: Response): string | null =>
  REDIRECT_STATUSES.has(response.status) ? response.headers.get('location') : null

function redirectTarget(location: string, from: URL, allowances: Allowances): URL {
  const target = URL.parse(location, from.href)
  if (target !== null) return assertPublicUrl(target.href, allowances)
  throw new AttemptError(nodeError('RESPONSE_INVALID', `${showUrl(from.href)} redirects to something that is no URL.`))
}

/** Fetch standard, HTTP-redirect fetch, steps 12 to 14. */
function nextHop(from: Hop, status: number, url: URL): Hop {
  const headers = new Headers(from.init.headers)
  if (url.origin !== from.url.origin) keepHeaders(headers, (name) => HEADERS_FOR_OTHER_ORIGINS.has(name))
  if (!becomesGet(status, from.init.method ?? 'GET')) return { url, init: { ...from.init, headers } }
  keepHeaders(headers, (name) => !name.startsWith('content-'))
  return { url, init: { ...from.init, method: 'GET', headers, body: null } }
}

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}

function keepHeaders(headers: Headers, isKept: (name: string) => boolean): void {
  for (const name of [...headers.keys()]) if (!isKept(name)) headers.delete(name)
}

/** Frees the connection; nobody waits for it, and a connection that breaks here has nothing left to say. */
function discardBody(response: Response): void {
  response.body?.cancel().catch(() => {})
}

/** Final: another attempt would be sent round the same way. */
function tooManyRedirects(status: number, url: URL): AttemptError {
  const message = `${showUrl(url.href)} redirects once more after ${MAX_REDIRECTS} redirects, the most that are followed.`
  return new AttemptError(nodeError('HTTP_STATUS', message, { status }))
}
