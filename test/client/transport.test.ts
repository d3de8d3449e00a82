// How the client words refusals, and what it sends again, against a real HTTP server that answers as it is told.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ConflictError,
  InvalidRequestError,
  MillraceError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitedError,
  UnauthorizedError,
  UnavailableError,
} from '../../src/client/errors.ts'
import { Millrace } from '../../src/client/millrace.ts'

type Reply = { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> } | 'hang up'

let server: Server
let replies: Reply[]
let requests: { readonly line: string; readonly headers: IncomingMessage['headers']; readonly body: string }[]

beforeEach(async () => {
  replies = []
  requests = []
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers, body })
    const reply = replies.shift() ?? { status: 500 }
    if (reply === 'hang up') request.socket.destroy()
    else {
      response.writeHead(reply.status, { 'Content-Type': 'application/json', ...reply.headers })
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const millrace = (more: object = {}) =>
  new Millrace({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, apiKey: 'mr_key', ...more })

const ok = (data: unknown, meta: object = {}): Reply => ({ status: 200, body: { success: true, data, meta } })
const refusal = (status: number, error_code: string, more: object = {}, headers: Record<string, string> = {}): Reply => ({
  status,
  body: { success: false, message: `refused with ${status}`, error_code, details: { request_id: 'r1', ...more } },
  headers,
})
const soon = { 'Retry-After': '0' }

describe('a call', () => {
  it('carries the key, the tenant and the body', async () => {
    replies = [ok({ execution_id: 'e1', status: 'running' })]
    const options = { inputs: { a: 1 }, idempotencyKey: 'k', correlationId: 'c', trace: true, startAt: new Date(0) }
    expect(await millrace({ communityId: 'acme' }).start('hello', options)).toEqual({ execution_id: 'e1', status: 'running' })
    expect(requests).toMatchObject([
      {
        line: 'POST /api/v1/executions?community_id=acme',
        headers: { authorization: 'Bearer mr_key', 'idempotency-key': 'k', 'x-correlation-id': 'c', 'x-workflow-trace': 'true' },
      },
    ])
    const body = { workflow_id: 'hello', inputs: { a: 1 }, start_at: '1970-01-01T00:00:00.000Z' }
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual(body)
  })

  it('keeps what belongs to a path out of the rest of it', async () => {
    replies = [ok(null)]
    await millrace().signal('../admin?x=1', 'a/b', 1)
    expect(requests[0]?.line).toBe('POST /api/v1/executions/..%2Fadmin%3Fx%3D1/signals/a%2Fb')
  })
})

describe('a refusal', () => {
  it.each([
    [400, InvalidRequestError],
    [401, UnauthorizedError],
    [403, PermissionDeniedError],
    [404, NotFoundError],
    [409, ConflictError],
    [412, ConflictError],
    [413, InvalidRequestError],
    [429, RateLimitedError],
    [500, UnavailableError],
    [503, UnavailableError],
  ] as const)('with %i is of a class of its own', async (status, kind) => {
    replies = [refusal(status, 'A_CODE', { issues: [{ path: 'nodes[0]' }] }, { 'Retry-After': '7' })]
    const error = await millrace({ retries: 0 })
      .get('e1')
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(kind)
    expect(error).toBeInstanceOf(MillraceError)
    expect(error).toMatchObject({ status, code: 'A_CODE', requestId: 'r1', issues: [{ path: 'nodes[0]' }], retryAfterSeconds: 7 })
  })

  it('of something that is not Millrace says so', async () => {
    replies = [{ status: 502, body: '<html>Bad gateway</html>', headers: { 'X-Request-ID': 'p9' } }]
    const error = await millrace({ retries: 0 })
      .get('e1')
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'UnavailableError', code: 'BAD_ANSWER', requestId: 'p9' })
    expect(error).toMatchObject({ message: 'GET /executions/e1 was answered with 502 and no JSON of Millrace' })
  })
})

describe('what is sent again', () => {
  it('a read, after no answer and after a 503', async () => {
    replies = ['hang up', refusal(503, 'UNAVAILABLE', {}, soon), ok({ execution_id: 'e1' })]
    expect(await millrace().get('e1')).toEqual({ execution_id: 'e1' })
    expect(requests).toHaveLength(3)
  })

  it('no more often than it may be', async () => {
    replies = Array.from({ length: 5 }, () => refusal(503, 'UNAVAILABLE', {}, soon))
    await expect(millrace({ retries: 1 }).get('e1')).rejects.toBeInstanceOf(UnavailableError)
    expect(requests).toHaveLength(2)
  })

  it('a start with a key of its own, and none without', async () => {
    replies = ['hang up', ok({ execution_id: 'e1' })]
    await millrace().start('hello', { idempotencyKey: 'once' })
    expect(requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['once', 'once'])
    replies = ['hang up', ok({ execution_id: 'e2' })]
    await expect(millrace().start('hello')).rejects.toMatchObject({ code: 'NO_ANSWER', status: 0 })
    expect(requests).toHaveLength(3)
  })

  it('anything that was refused for the number of requests', async () => {
    replies = [refusal(429, 'RATE_LIMITED', {}, soon), ok({ execution_id: 'e1' })]
    await millrace().start('hello')
    replies = [refusal(429, 'CONCURRENCY_LIMITED', {}, soon), ok({ execution_id: 'e1' })]
    await expect(millrace().start('hello')).rejects.toMatchObject({ code: 'CONCURRENCY_LIMITED' })
  })

  it('nothing once nobody wants it', async () => {
    replies = [refusal(429, 'RATE_LIMITED', {}, { 'Retry-After': '60' }), ok({})]
    const wanted = new AbortController()
    const started = millrace().start('hello', { signal: wanted.signal })
    setTimeout(() => wanted.abort(new Error('never mind')), 50)
    await expect(started).rejects.toThrow('never mind')
    expect(requests).toHaveLength(1)
  })
})

describe('a list', () => {
  it('goes on by cursor until there is no more', async () => {
    replies = [
      ok([{ execution_id: 'a' }, { execution_id: 'b' }], { next: 'c1' }),
      ok([], { next: 'c2' }),
      ok([{ execution_id: 'c' }], { next: null }),
    ]
    const found: string[] = []
    for await (const { execution_id } of millrace().list({ status: 'failed', metadata: { tier: 'gold' } }))
      found.push(execution_id)
    expect(found).toEqual(['a', 'b', 'c'])
    expect(requests.map(({ line }) => line)).toEqual([
      'GET /api/v1/executions?status=failed&metadata.tier=gold&limit=100',
      'GET /api/v1/executions?status=failed&metadata.tier=gold&limit=100&cursor=c1',
      'GET /api/v1/executions?status=failed&metadata.tier=gold&limit=100&cursor=c2',
    ])
  })
})

describe('saving a workflow', () => {
  it('makes a version, or the workflow where there is none', async () => {
    replies = [ok({ version: 4 }), refusal(404, 'WORKFLOW_NOT_FOUND'), ok({ version: 1 })]
    expect(await millrace().save('hello', { nodes: [] })).toBe(4)
    expect(await millrace().save('new', { nodes: [] })).toBe(1)
    const lines = requests.map(({ line }) => line)
    expect(lines).toEqual(['PUT /api/v1/workflows/hello', 'PUT /api/v1/workflows/new', 'POST /api/v1/workflows'])
  })
})
