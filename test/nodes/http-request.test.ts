import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_EXCERPT_BYTES, MAX_OUTPUT_BYTES, MAX_RESPONSE_BYTES, MAX_RESPONSE_DEPTH } from '../../src/core/limits.ts'
import type { NodeError } from '../../src/core/node-error.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { httpRequest } from '../../src/nodes/http-request.ts'
import { createGuardedFetch } from '../../src/runner/guarded-fetch.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { httpAttempt } from '../support/http-attempt.ts'
import { type MisbehavingServer, startMisbehavingServer } from '../support/misbehaving-server.ts'

let server: MisbehavingServer
let otherOrigin: MisbehavingServer

beforeAll(async () => {
  server = await startMisbehavingServer({
    '/garbles': (request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(`{ "you sent": ${request.url} ${JSON.stringify(request.headers)}`)
    },
  })
  otherOrigin = await startMisbehavingServer()
})

afterAll(async () => {
  await server.close()
  await otherOrigin.close()
})

/** The whole way that a production attempt takes, with the platform's own `fetch`. */
const attempt = (config: JsonObject, over: Partial<AttemptTask> = {}): Promise<AttemptResult> =>
  httpAttempt([server, otherOrigin], config, over)

async function outputOf(config: JsonObject, over?: Partial<AttemptTask>): Promise<JsonObject> {
  const result = await attempt(config, over)
  expect(result).toMatchObject({ kind: 'completed' })
  return (result as { output: JsonObject }).output
}

async function errorOf(config: JsonObject, over?: Partial<AttemptTask>): Promise<NodeError> {
  const result = await attempt(config, over)
  expect(result).toMatchObject({ kind: 'failed' })
  return (result as { error: NodeError }).error
}

/** What the server saw. */
const echo = async (config: JsonObject, over?: Partial<AttemptTask>): Promise<JsonObject> =>
  (await outputOf({ url: server.url('/echo'), ...config }, over)).body as JsonObject

const bodyUrl = (type: string | null, bytes: string | Uint8Array): string => {
  const query = new URLSearchParams({ hex: Buffer.from(bytes).toString('hex') })
  if (type !== null) query.set('type', type)
  return server.url(`/body?${query}`)
}

const bodyOf = async (type: string | null, bytes: string | Uint8Array, response = 'auto'): Promise<Json | undefined> =>
  (await outputOf({ url: bodyUrl(type, bytes), response })).body

describe('the request', () => {
  it('is a GET that says who calls, for what, and under which key', async () => {
    expect(await echo({})).toMatchObject({
      method: 'GET',
      headers: {
        'user-agent': 'Millrace/1.2.3',
        'idempotency-key': 'e1e1e1e1e1e1e1e1.call.1',
        'x-execution-id': 'e1e1e1e1e1e1e1e1',
        'x-workflow-id': 'orders',
        'x-correlation-id': 'order-7',
        traceparent: '00-a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0-e1e1e1e1e1e1e1e1-01',
      },
    })
  })

  it('has the same idempotency key at every attempt, and another in the next run', async () => {
    const keyOf = async (over: Partial<AttemptTask>) => ((await echo({}, over)).headers as JsonObject)['idempotency-key']
    expect([await keyOf({ attempt: 1 }), await keyOf({ attempt: 3 }), await keyOf({ run: 2 })]).toEqual([
      'e1e1e1e1e1e1e1e1.call.1',
      'e1e1e1e1e1e1e1e1.call.1',
      'e1e1e1e1e1e1e1e1.call.2',
    ])
  })

  it('leaves out what the execution does not have', async () => {
    const { headers } = await echo({}, { workflowId: null, correlationId: null })
    expect(headers).not.toHaveProperty('x-workflow-id')
    expect(headers).not.toHaveProperty('x-correlation-id')
  })

  it('lets the workflow set its own idempotency key and user agent', async () => {
    expect(
      await echo({ headers: { 'idempotency-key': 'mine', 'User-Agent': 'curl', 'X-Count': 3, 'X-On': true } }),
    ).toMatchObject({
      headers: { 'idempotency-key': 'mine', 'user-agent': 'curl', 'x-count': '3', 'x-on': 'true' },
    })
  })

  it('adds the query to that of the url', async () => {
    const query = { b: 2, c: ['x y', true], 'd&e': 'ü' }
    expect(await echo({ url: server.url('/echo?a=1'), query })).toMatchObject({ url: '/echo?a=1&b=2&c=x+y&c=true&d%26e=%C3%BC' })
  })

  it.each([
    { body: { a: [1, null] }, sent: '{"a":[1,null]}', type: 'application/json; charset=utf-8' },
    { body: [1], sent: '[1]', type: 'application/json; charset=utf-8' },
    { body: 'grüße', sent: 'grüße', type: 'text/plain; charset=utf-8' },
    { body: '<a/>', headers: { 'Content-Type': 'text/xml' }, sent: '<a/>', type: 'text/xml' },
    {
      body: { a: 'x y', b: [1, 2], c: { d: 1 } },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      sent: 'a=x+y&b=1&b=2&c=%7B%22d%22%3A1%7D',
      type: 'application/x-www-form-urlencoded',
    },
    { body: { base64: 'aGk=' }, sent: 'hi', type: 'application/octet-stream' },
    { body: { base64: 'aGk=', content_type: 'text/csv' }, sent: 'hi', type: 'text/csv' },
    { body: { base64: 'aGk', content_type: null }, headers: { 'Content-Type': 'image/png' }, sent: 'hi', type: 'image/png' },
    { body: { base64: 'aGk=', name: 'a' }, sent: '{"base64":"aGk=","name":"a"}', type: 'application/json; charset=utf-8' },
    {
      body: { base64: 'aGk=' },
      headers: { 'Content-Type': 'application/json' },
      sent: '{"base64":"aGk="}',
      type: 'application/json',
    },
  ])('sends $body as $type', async ({ body, headers, sent, type }) => {
    expect(await echo({ method: 'post', body, ...(headers && { headers }) })).toMatchObject({
      method: 'POST',
      body: sent,
      headers: { 'content-type': type },
    })
  })

  it('sends the bytes that another call gave', async () => {
    const bytes = new Uint8Array([0, 0xff, 0x80, 0x0a])
    const body = (await bodyOf('image/png', bytes)) ?? null
    expect(await echo({ method: 'PUT', body })).toMatchObject({
      base64: Buffer.from(bytes).toString('base64'),
      headers: { 'content-type': 'image/png', 'content-length': '4' },
    })
  })

  it.each([
    { auth: { type: 'basic', username: 'ann', password: 'pä:ss' }, seen: { authorization: 'Basic YW5uOnDDpDpzcw==' } },
    { auth: { type: 'bearer', token: 't0ken' }, seen: { authorization: 'Bearer t0ken' } },
    { auth: { type: 'api_key', name: 'X-Key', value: 'k' }, seen: { 'x-key': 'k' } },
  ])('authenticates with $auth.type', async ({ auth, seen }) => {
    await echo({ auth })
    expect(server.requests.at(-1)?.headers).toMatchObject(seen)
  })

  it('sends an API key in the query where it is asked to', async () => {
    expect(await echo({ auth: { type: 'api_key', in: 'query', name: 'key', value: 'k&1' } })).toMatchObject({
      url: '/echo?key=k%261',
    })
  })
})

describe('the config', () => {
  it.each([
    [{}, 'config.url'],
    [{ url: '' }, 'config.url'],
    [{ url: 'http://x.test', method: 'BREW' }, 'config.method'],
    [{ url: 'http://x.test', body: {} }, 'config.method'],
    [{ url: 'http://x.test', method: 'head', body: 'x' }, 'config.method'],
    [{ url: 'http://x.test', headers: { 'a b': 'x' } }, 'config.headers["a b"]'],
    [{ url: 'http://x.test', headers: { Host: 'y' } }, 'config.headers.Host'],
    [{ url: 'http://x.test', headers: { 'content-length': 3 } }, 'config.headers.content-length'],
    [{ url: 'http://x.test', headers: { a: 'x\r\nEvil: 1' } }, 'config.headers.a'],
    [{ url: 'http://x.test', headers: { a: 'é' } }, 'config.headers.a'],
    [{ url: 'http://x.test', headers: { a: null } }, 'config.headers.a'],
    [{ url: 'http://x.test', query: { a: {} } }, 'config.query.a'],
    [{ url: 'http://x.test', auth: { type: 'oauth2' } }, 'config.auth.token_url'],
    [{ url: 'http://x.test', auth: { type: 'digest' } }, 'must be basic, bearer, api_key or oauth2'],
    [{ url: 'http://x.test', auth: { type: 'bearer', token: null } }, 'config.auth.token'],
    [{ url: 'http://x.test', method: 'PUT', body: { base64: '?' } }, 'config.body.base64'],
    [{ url: 'http://x.test', method: 'PUT', body: { base64: '', content_type: 'a\nb' } }, 'config.body.content_type'],
    [{ url: 'http://x.test', auth: { type: 'basic', username: 'a:b', password: 'c' } }, 'config.auth.username'],
    [{ url: 'http://x.test', auth: { type: 'bearer', token: 'a\nb' } }, 'config.auth.token'],
    [{ url: 'http://x.test', auth: { type: 'api_key', name: 'Host', value: 'c' } }, 'config.auth.name'],
    [{ url: 'http://x.test', expect_status: '2x' }, 'config.expect_status'],
    [{ url: 'http://x.test', expect_status: [] }, 'config.expect_status'],
    [{ url: 'http://x.test', response: 'xml' }, 'config.response'],
    [{ url: 'http://x.test', max_response_bytes: MAX_RESPONSE_BYTES + 1 }, 'config.max_response_bytes'],
    [{ url: 'example.com/path' }, 'not a complete URL'],
  ] as [JsonObject, string][])('%j is refused', async (config, message) => {
    const error = await errorOf(config)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', retryable: false })
    expect(error.message).toContain(message)
  })

  it('accepts its own example and the largest bound', () => {
    expect(httpRequest.config.safeParse(httpRequest.example).success).toBe(true)
    expect(httpRequest.config.safeParse({ url: 'http://x.test', max_response_bytes: MAX_RESPONSE_BYTES }).success).toBe(true)
  })
})

describe('the response', () => {
  it('has a status, headers in lower case and a body', async () => {
    expect(await outputOf({ url: bodyUrl('application/json', '{"a":1}') })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { a: 1 },
    })
  })

  it('lists its cookies and joins other headers', async () => {
    const { headers } = await outputOf({ url: server.url('/cookies') })
    expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2, 3'], 'x-tag': 'one, two' })
  })

  it('has no body where there is none', async () => {
    expect(await outputOf({ url: server.url('/empty') })).toMatchObject({ status: 204, body: null })
    expect(await outputOf({ url: server.url('/echo'), method: 'HEAD' })).toMatchObject({ status: 200, body: null })
    expect(await bodyOf('application/json', '')).toBeNull()
  })

  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47])
  it.each<[string | null, string | Uint8Array, string, Json]>([
    ['application/problem+json; charset=utf-8', '[1]', 'auto', [1]],
    ['application/json', '\u{feff}{"bom":true}', 'auto', { bom: true }],
    ['text/html', '<p>', 'auto', '<p>'],
    ['application/atom+xml', '<feed/>', 'auto', '<feed/>'],
    ['text/plain; charset=ISO-8859-1', new Uint8Array([0x63, 0x61, 0x66, 0xe9]), 'auto', 'café'],
    ['text/plain; charset="utf-16le"', new Uint8Array([0x68, 0, 0x69, 0]), 'auto', 'hi'],
    ['text/plain; charset=utf-8', new Uint8Array([0x63, 0xe9]), 'auto', 'c\u{fffd}'],
    ['text/plain; charset=klingon', 'ö', 'auto', 'ö'],
    ['image/png', png, 'auto', { base64: 'iVBORw==', content_type: 'image/png' }],
    [null, png, 'auto', { base64: 'iVBORw==', content_type: null }],
    ['text/plain', '{"a":1}', 'json', { a: 1 }],
    ['application/json', '{"a":1}', 'text', '{"a":1}'],
    ['application/json', '[]', 'base64', { base64: 'W10=', content_type: 'application/json' }],
  ])('%s %j read as %s is %j', async (type, bytes, mode, body) => {
    expect(await bodyOf(type, bytes, mode)).toEqual(body)
  })

  it('is the value that the journal will hold', async () => {
    expect(await bodyOf('application/json', '[1e999]')).toEqual([null])
  })

  it.each(['gzip', 'deflate', 'br'])('is unpacked (%s)', async (by) => {
    expect(await outputOf({ url: server.url(`/packed?by=${by}`) })).toMatchObject({ body: { packed: true } })
  })

  it('may come in chunks', async () => {
    expect(await outputOf({ url: server.url('/chunked') })).toMatchObject({ body: { chunks: 'many' } })
  })

  it('is told of in the metadata: status, time and bytes both ways', async () => {
    const result = await attempt({ url: bodyUrl('text/plain', 'grüße'), method: 'POST', body: 'ä' })
    expect(result).toMatchObject({
      metadata: { status: 200, latency_ms: expect.any(Number), bytes_in: 7, bytes_out: 2 },
    })
  })

  it('may be nested as deep as the limit, and not once more', async () => {
    const read = (depth: number) => attempt({ url: server.url(`/deep-json?depth=${depth}`) })
    expect(await read(MAX_RESPONSE_DEPTH)).toMatchObject({ kind: 'completed' })
    for (const depth of [MAX_RESPONSE_DEPTH + 1, MAX_RESPONSE_BYTES / 2])
      expect(await read(depth)).toMatchObject({ kind: 'failed', error: { code: 'RESPONSE_INVALID', retryable: false } })
  })

  it('fails where JSON was promised and something else came', async () => {
    expect(await errorOf({ url: bodyUrl('application/json', '{"a":') })).toEqual({
      code: 'RESPONSE_INVALID',
      message: 'The body of the response is not the JSON that it should be.',
      retryable: false,
      cause: { body: '{"a":' },
    })
  })
})

describe('the status', () => {
  const API_KEY_IN_QUERY = { type: 'api_key', in: 'query', name: 'token', value: 'geheim' }

  it.each([
    [400, false],
    [404, false],
    [408, true],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
    [599, true],
  ])('%i fails, another attempt may help: %j', async (status, retryable) => {
    expect(await errorOf({ url: server.url(`/status?status=${status}`) })).toEqual({
      code: 'HTTP_STATUS',
      message: `GET ${server.url('/status')} was answered with ${status}, not 2xx.`,
      status,
      retryable,
      cause: { body: 'as you wish' },
    })
  })

  it.each([
    [404, 404],
    [404, '404'],
    [404, [200, '4XX']],
    [302, '3xx'],
  ])('%i is expected by %j', async (status, expected) => {
    expect(await outputOf({ url: server.url(`/status?status=${status}`), expect_status: expected })).toMatchObject({ status })
  })

  it('200 fails where another one is expected', async () => {
    expect(await errorOf({ url: server.url('/empty'), expect_status: [200, '3xx'] })).toMatchObject({
      status: 204,
      retryable: false,
    })
  })

  it('names method and URL, and nothing that may be secret', async () => {
    const config = {
      url: server.url('/status?status=503&a=geheim#b'),
      query: { key: 'geheim' },
      auth: API_KEY_IN_QUERY,
      body: null,
    }
    const { message } = await errorOf({ ...config, method: 'POST' })
    expect(message).toBe(`POST ${server.url('/status')} was answered with 503, not 2xx.`)
  })

  it('brings Retry-After along, in seconds or as a date', async () => {
    expect(await errorOf({ url: server.url('/status?status=429&retry-after=7') })).toMatchObject({ retry_after_seconds: 7 })
    const past = encodeURIComponent('Wed, 21 Oct 2015 07:28:00 GMT')
    expect(await errorOf({ url: server.url(`/status?status=503&retry-after=${past}`) })).toMatchObject({ retry_after_seconds: 0 })
  })

  it('shows the first KiB of a long body, or what came of a broken one', async () => {
    const { cause } = await errorOf({ url: server.url('/long-refusal') })
    expect((cause as { body: string }).body).toBe('no '.repeat(MAX_EXCERPT_BYTES).slice(0, MAX_EXCERPT_BYTES))
    expect(await errorOf({ url: server.url('/cut-off-refusal') })).toMatchObject({ status: 503, cause: { body: 'sorry' } })
  })
})

describe('a server that misbehaves', () => {
  it.each(['/never', '/stalls', '/trickles'])('%s times out, and is left alone', async (path) => {
    const abandoned = server.abandoned()
    expect(await errorOf({ url: server.url(path) }, { timeoutMs: 50 })).toEqual({
      code: 'NODE_TIMEOUT',
      message: 'The attempt took longer than 0.05 s.',
      retryable: true,
    })
    await abandoned
  })

  it.each(['/cut-off', '/hangs-up', '/not-gzip', '/bad-chunks', '/no-http', '/endless-headers'])(
    '%s is a network error',
    async (path) => {
      const message = `The connection to ${server.url(path)} failed.`
      expect(await errorOf({ url: server.url(path), query: { a: 1 } })).toMatchObject({
        code: 'NETWORK_ERROR',
        message,
        retryable: true,
      })
    },
  )

  it('may not invent a status', async () => {
    expect(await errorOf({ url: server.url('/status-999') })).toMatchObject({ code: 'RESPONSE_INVALID', retryable: false })
  })

  it('is named without its query where nobody listens', async () => {
    const gone = await startMisbehavingServer()
    await gone.close()
    const fetchGone = createGuardedFetch({ fetch, allowances: { privateNetwork: true, hosts: new Set() } })
    const attempted = fetchGone(gone.url('/path?token=secret'), { signal: new AbortController().signal })
    await expect(attempted).rejects.toMatchObject({
      error: {
        code: 'NETWORK_ERROR',
        message: `The connection to ${gone.url('/path')} failed.`,
        retryable: true,
        cause: { reason: 'ECONNREFUSED' },
      },
    })
  })

  it.each(['/endless', '/gzip-bomb'])('%s is cut at the bound', async (path) => {
    expect(await errorOf({ url: server.url(path) })).toEqual({
      code: 'RESPONSE_TOO_LARGE',
      message: `The body of the response has more than ${MAX_RESPONSE_BYTES} bytes.`,
      retryable: false,
    })
  })

  it('may send as many bytes as the bound, and not one more', async () => {
    const read = (size: number) => attempt({ url: server.url(`/bytes?size=${size}`), max_response_bytes: 1000, response: 'text' })
    expect(await read(1000)).toMatchObject({ kind: 'completed', output: { body: 'x'.repeat(1000) } })
    expect(await read(1001)).toMatchObject({ kind: 'failed', error: { code: 'RESPONSE_TOO_LARGE' } })
  })

  it('is heard as far as the length it gave', async () => {
    expect(await outputOf({ url: server.url('/says-less') })).toMatchObject({ body: 'more' })
  })

  it('cannot fill the journal', async () => {
    const url = server.url(`/bytes?size=${MAX_OUTPUT_BYTES}`)
    const output = { $payload: 'hash', size: expect.any(Number), mark: 'mark' }
    expect(await attempt({ url, response: 'text' })).toMatchObject({ kind: 'completed', output, payloads: [output] })
  })
})

describe('a redirect', () => {
  const redirectUrl = (to: string, status = 302) => server.url(`/redirect?${new URLSearchParams({ to, status: String(status) })}`)
  const credentials = { authorization: 'Bearer t', cookie: 'c=1', 'x-api-key': 'k', accept: 'application/json' }

  it('is followed five times, and not once more', async () => {
    expect(await outputOf({ url: server.url('/redirects?left=5') })).toMatchObject({ status: 200 })
    const error = { code: 'HTTP_STATUS', status: 302, retryable: false }
    expect(await errorOf({ url: server.url('/redirects?left=6') })).toMatchObject(error)
    expect(await errorOf({ url: server.url('/redirect-loop') })).toMatchObject(error)
  })

  it.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
    'http://2130706433/',
    'http://localhost/',
    'file:///etc/passwd',
    'http://user:pass@example.com/',
  ])('to %s is blocked', async (to) => {
    expect(await errorOf({ url: redirectUrl(to) })).toMatchObject({ code: 'ADDRESS_BLOCKED', retryable: false })
  })

  it('keeps headers within an origin and leaves credentials behind at its border', async () => {
    const { headers: within } = await echo({ url: redirectUrl('/echo'), headers: credentials })
    expect(within).toMatchObject(credentials)
    const { headers: outside } = await echo({ url: redirectUrl(otherOrigin.url('/echo')), headers: credentials })
    expect(outside).toMatchObject({
      accept: 'application/json',
      'user-agent': 'Millrace/1.2.3',
      'idempotency-key': expect.any(String),
    })
    expect(outside).not.toHaveProperty('authorization')
    expect(outside).not.toHaveProperty('cookie')
    expect(outside).not.toHaveProperty('x-api-key')
  })

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [302, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
  ])('%i turns %s into %s', async (status, method, becomes) => {
    const seen = await echo({ url: redirectUrl('/echo', status), method, body: { a: 1 } })
    expect(seen).toMatchObject({ method: becomes, body: becomes === 'GET' ? '' : '{"a":1}' })
    if (becomes === 'GET') expect(seen.headers).not.toHaveProperty('content-type')
  })

  it('without a target is an answer like any other', async () => {
    expect(await errorOf({ url: server.url('/redirect-nowhere') })).toMatchObject({ status: 302, cause: { body: 'no location' } })
  })

  it('to what is no URL is an invalid answer', async () => {
    expect(await errorOf({ url: redirectUrl('http://[') })).toMatchObject({ code: 'RESPONSE_INVALID', retryable: false })
  })
})

describe('secrets', () => {
  it.each(['/status?status=401', '/hangs-up', '/redirect?to=/redirect-loop', '/redirect?to=http://10.0.0.1/%3Fkey=s3cret'])(
    'do not show in the error of %s',
    async (path) => {
      const error = await errorOf({
        url: server.url(path),
        headers: { 'x-token': 's3cret' },
        query: { token: 's3cret' },
        auth: { type: 'api_key', in: 'query', name: 'key', value: 's3cret' },
      })
      expect(JSON.stringify(error)).not.toContain('s3cret')
    },
  )

  it.each([
    { type: 'basic', username: 'ann', password: 's3cret-password' },
    { type: 'bearer', token: 's3cret-token' },
    { type: 'api_key', name: 'x-key', value: 's3cret-key' },
    { type: 'api_key', in: 'query', name: 'key', value: 's3cret/key?' },
  ])('do not show where the server repeats them ($type)', async (auth) => {
    for (const more of [{ expect_status: 404 }, { url: server.url('/garbles') }]) {
      const error = await errorOf({ url: server.url('/echo'), auth, ...more })
      expect(JSON.stringify(error)).toContain('[redacted]')
      expect(JSON.stringify(error)).not.toMatch(/s3cret|YW5uOn/)
    }
  })

  it('do not show by halves where the excerpt is cut', async () => {
    const query = { type: 'text/plain', hex: Buffer.from(`${'x'.repeat(MAX_EXCERPT_BYTES - 5)}s3cret-token`).toString('hex') }
    const error = await errorOf({
      url: server.url('/body'),
      query,
      auth: { type: 'bearer', token: 's3cret-token' },
      expect_status: 404,
    })
    expect(JSON.stringify(error)).not.toContain('s3')
  })
})
