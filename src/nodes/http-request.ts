// `http-request`: calls an HTTP endpoint and gives its answer as data. Runs in the Runner; every request leaves by the guarded
// fetch, which checks addresses, follows redirects and adds the headers that all outbound calls carry.
import { AttemptError } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext, AttemptResult, HandedOffNodeType } from '../core/node-type.ts'
import { type HttpRequestConfig, httpRequestConfig } from './http-request-config.ts'
import { requestBody, requestHeaders, requestUrl } from './http-request-init.ts'
import { readExcerpt, readResponseBody } from './response-body.ts'
import { parseRetryAfter } from './retry-after.ts'

export const httpRequest: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'http-request',
  aliases: ['http'],
  summary: 'Calls an HTTP endpoint. Gives { status, headers, body }; the body is JSON, text or { base64, content_type }.',
  config: httpRequestConfig,
  expressions: [],
  deferred: [],
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  example: { method: 'POST', url: 'https://api.example.com/orders', body: { article: 'book', count: 2 } },
  run: (config, context) => sendRequest(httpRequestConfig.parse(config), context),
}

async function sendRequest(config: HttpRequestConfig, context: AttemptContext): Promise<AttemptResult> {
  const { method, expect_status: expected, response: mode, max_response_bytes: maxBytes } = config
  const headers = requestHeaders(config)
  const body = requestBody(config.body, headers.get('content-type'))
  const response = await context.fetch(requestUrl(config), { method, headers, body, signal: context.signal })
  if (!expected.some((pattern) => matchesStatus(pattern, response.status))) throw await unexpectedStatus(response, expected)
  const data = await readResponseBody(response, { mode, maxBytes, signal: context.signal })
  return { kind: 'completed', output: { status: response.status, headers: headersRecord(response.headers), body: data } }
}

/** `xx` stands for any two digits. */
const matchesStatus = (pattern: string, status: number): boolean =>
  pattern.endsWith('xx') ? Math.floor(status / 100) === Number(pattern[0]) : Number(pattern) === status

/** SPEC §5: these may pass by themselves, all other statuses will not. */
const isRetryable = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500

async function unexpectedStatus(response: Response, expected: readonly string[]): Promise<AttemptError> {
  const { status } = response
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'), Date.now())
  const message = `The server answered ${status}, not ${expected.join(' or ')}.`
  const error = nodeError('HTTP_STATUS', message, {
    status,
    retryable: isRetryable(status),
    ...(retryAfter !== null && { retry_after_seconds: retryAfter }),
    cause: { body: await readExcerpt(response) },
  })
  return new AttemptError(error)
}

/** Names in lower case, repeated ones joined by commas, but `set-cookie` always a list: its values hold commas themselves. */
function headersRecord(headers: Headers): Record<string, Json> {
  const cookies = headers.getSetCookie()
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 && { 'set-cookie': cookies }) }
}
