// Makes one HTTP call and reads its answer: what `http-request`, its pages and `webhook` have in common. Every request leaves by the
// guarded fetch, which checks addresses, follows redirects and adds the headers that all outbound calls carry.
import type { Json } from '../core/json.ts'
import type { AttemptContext } from '../core/node-type.ts'
import { showUrl } from '../core/show-url.ts'
import { basicCredentials, credentialsOf, type OAuth2 } from './http-auth.ts'
import { appendAll, type EncodedBody, encodeBody } from './http-body.ts'
import type { HttpCall } from './http-request-config.ts'
import { isExpected, statusFailure } from './http-status.ts'
import { accessToken } from './oauth2-token.ts'
import { readCounted, readExcerpt } from './response-body.ts'

export interface CallOptions {
  /** In place of the config's URL and query: the next page. */
  readonly url?: string
  /** Bytes that earlier pages took of `max_response_bytes`. */
  readonly bytesBefore?: number
  /** They win over those of the config, and may depend on the body that is sent. */
  readonly extraHeaders?: (data: EncodedBody['data']) => Readonly<Record<string, string>>
  /** Absent: redirects are followed. */
  readonly redirect?: 'manual'
}

export interface HttpAnswer {
  readonly response: Response
  readonly body: Json
  /** Of the body, unpacked. */
  readonly bytes: number
}

/** @throws AttemptError */
export async function makeCall(call: HttpCall, context: AttemptContext, options: CallOptions = {}): Promise<HttpAnswer> {
  const { signal } = context
  const { response, credentials } = await send(call, context, options)
  if (!isExpected(call.expect_status, response.status)) {
    const request = `${call.method} ${showUrl(options.url ?? call.url)}`
    const message = `${request} was answered with ${response.status}, not ${call.expect_status.join(' or ')}.`
    throw statusFailure(response, message, { body: await readExcerpt(response, credentials) })
  }
  const { response: mode, max_response_bytes: maxBytes } = call
  const { bytesBefore = 0 } = options
  const { body, bytes } = await readCounted(response, { mode, maxBytes, signal, bytesBefore, credentials })
  return { response, body, bytes }
}

interface Sent {
  readonly response: Response
  /** What was sent to prove who calls; errors must not show it. */
  readonly credentials: readonly string[]
}

async function send(call: HttpCall, context: AttemptContext, options: CallOptions): Promise<Sent> {
  const { url = callUrl(call), redirect = 'follow' } = options
  const { headers, data } = requestParts(call, options)
  const request = () => context.fetch(url, { method: call.method, headers, body: data, signal: context.signal, redirect })
  if (call.auth?.type === 'oauth2') return sendWithToken(call.auth, context, { request, headers })
  authorize(headers, call.auth, context)
  return { response: await request(), credentials: credentialsOf(call.auth) }
}

interface Unauthorized {
  readonly request: () => Promise<Response>
  readonly headers: Headers
}

/** A token that the server refuses is renewed once, unless it was asked for just now. */
async function sendWithToken(auth: OAuth2, context: AttemptContext, { request, headers }: Unauthorized): Promise<Sent> {
  const first = await accessToken(auth, context, null)
  headers.set('authorization', `Bearer ${first.value}`)
  const response = await request()
  const credentials = [...credentialsOf(auth), first.value]
  if (response.status !== 401 || !first.isKept) return { response, credentials }
  response.body?.cancel().catch(() => {})
  const renewed = await accessToken(auth, context, first.value)
  headers.set('authorization', `Bearer ${renewed.value}`)
  return { response: await request(), credentials: [...credentials, renewed.value] }
}

/** The URL with `query` and a key that travels in it. Text that is no URL is left for the guarded fetch to refuse. */
export function callUrl({ url: text, query, auth }: HttpCall): string {
  const url = URL.parse(text)
  if (url === null) return text
  appendAll(url.searchParams, query)
  if (auth?.type === 'api_key' && auth.in === 'query') url.searchParams.append(auth.name, String(auth.value))
  return url.href
}

function requestParts(call: HttpCall, { extraHeaders }: CallOptions) {
  const headers = new Headers(Object.entries(call.headers).map(([name, value]) => [name, String(value)]))
  const { data, contentType } = encodeBody(call.body, headers.get('content-type'))
  if (contentType !== null) headers.set('content-type', contentType)
  for (const [name, value] of Object.entries(extraHeaders?.(data) ?? {})) headers.set(name, value)
  return { headers, data }
}

function authorize(headers: Headers, auth: Exclude<HttpCall['auth'], OAuth2>, { conceal }: AttemptContext): void {
  if (auth?.type === 'basic') {
    const credentials = basicCredentials(auth.username, auth.password)
    conceal(credentials)
    headers.set('authorization', `Basic ${credentials}`)
  }
  if (auth?.type === 'bearer') headers.set('authorization', `Bearer ${auth.token}`)
  if (auth?.type === 'api_key' && auth.in === 'header') headers.set(auth.name, String(auth.value))
}

/** What the node gives of an answer. */
export const answerOutput = ({ response, body }: Pick<HttpAnswer, 'response' | 'body'>) => ({
  status: response.status,
  headers: headersRecord(response.headers),
  body,
})

/** Names in lower case, repeated ones joined by commas, but `set-cookie` always a list: its values hold commas themselves. */
function headersRecord(headers: Headers): Record<string, Json> {
  const cookies = headers.getSetCookie()
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 && { 'set-cookie': cookies }) }
}
