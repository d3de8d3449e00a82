import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_TOKEN_RESPONSE_BYTES } from '../../src/core/limits.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { httpAttempt, mustComplete, mustFail } from '../support/http-attempt.ts'
import { startTokenServer, type TokenServer } from '../support/token-server.ts'

let server: TokenServer
let clients = 0

beforeAll(async () => {
  server = await startTokenServer()
})
afterAll(() => server.close())
afterEach(() => {
  vi.useRealTimers()
  server.answers(null)
  server.lives(3600)
})

/** A client of its own, of which nothing is kept. */
const client = (more: JsonObject = {}): JsonObject => {
  clients += 1
  return {
    type: 'oauth2',
    token_url: server.url('/token'),
    client_id: `client-${clients}`,
    client_secret: 's3cret:key &',
    ...more,
  }
}

const attempt = (auth: JsonObject, more: JsonObject = {}, over: Partial<AttemptTask> = {}) =>
  httpAttempt([server], { url: server.url('/resource'), auth, ...more }, over)

/** Tokens asked for during some attempts. */
async function asked(during: () => Promise<unknown>): Promise<number> {
  const before = server.tokenRequests.length
  await during()
  return server.tokenRequests.length - before
}

describe('a token', () => {
  it('is asked for with the credentials in a header, encoded as the RFC has it', async () => {
    mustComplete(await attempt(client({ scope: 'read write', audience: 'api' })))
    const { headers, form } = server.tokenRequests.at(-1) ?? {}
    expect(form).toEqual({ grant_type: 'client_credentials', scope: 'read write', audience: 'api' })
    const basic = Buffer.from(headers?.authorization?.replace('Basic ', '') ?? '', 'base64').toString()
    expect(basic).toBe(`client-${clients}:s3cret%3Akey+%26`)
    expect(headers).toMatchObject({ 'idempotency-key': 'e1e1e1e1e1e1e1e1.call.1.token.2', traceparent: expect.any(String) })
  })

  it('is asked for with the credentials in the form where the server wants it so', async () => {
    mustComplete(await attempt(client({ client_auth: 'body' })))
    const { headers, form } = server.tokenRequests.at(-1) ?? {}
    expect(form).toMatchObject({ client_id: `client-${clients}`, client_secret: 's3cret:key &' })
    expect(headers).not.toHaveProperty('authorization')
  })

  it('is kept while it lives, and asked for again after that', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const auth = client()
    expect(await asked(() => attempt(auth))).toBe(1)
    vi.setSystemTime(Date.now() + 3_569_000)
    expect(await asked(() => attempt(auth))).toBe(0)
    vi.setSystemTime(Date.now() + 2_000)
    expect(await asked(() => attempt(auth))).toBe(1)
  })

  it.each([
    [null, 269_000, 0],
    [null, 271_000, 1],
    ['60', 29_000, 0],
    ['60', 31_000, 1],
    [10, 4_000, 0],
    [10, 6_000, 1],
    [0, 0, 1],
  ])('that lives %j seconds is, after %d ms, asked for %d times again', async (life, ms, times) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    server.lives(life)
    const auth = client()
    await attempt(auth)
    vi.setSystemTime(Date.now() + ms)
    expect(await asked(() => attempt(auth))).toBe(times)
  })

  it('is of one client, scope and community', async () => {
    const auth = client()
    await attempt(auth)
    for (const other of [{ client_secret: 'other' }, { scope: 'more' }, { audience: 'else' }, { client_id: 'someone' }]) {
      expect(await asked(() => attempt({ ...auth, ...other }))).toBe(1)
    }
    expect(await asked(() => attempt(auth, {}, { communityId: 'others' }))).toBe(1)
    expect(await asked(() => attempt(auth))).toBe(0)
  })

  it('that was kept and is refused is renewed, once, under another key', async () => {
    const auth = client()
    await attempt(auth)
    server.withdraw()
    expect(await asked(async () => mustComplete(await attempt(auth)))).toBe(1)
    expect(server.tokenRequests.at(-1)?.headers['idempotency-key']).toMatch(/\.token\.2\.renewed$/)
    server.withdraw()
    server.answers({ status: 200, body: '{"access_token":"no-good"}' })
    expect(await asked(async () => expect(mustFail(await attempt(auth))).toMatchObject({ status: 401, retryable: false }))).toBe(
      1,
    )
  })

  it('that is new and refused is not renewed', async () => {
    server.answers({ status: 200, body: '{"access_token":"no-good"}' })
    expect(await asked(async () => expect(mustFail(await attempt(client()))).toMatchObject({ status: 401 }))).toBe(1)
  })
})

describe('a token endpoint', () => {
  it.each([
    [{ status: 401, body: '{"error":"invalid_client","error_description":"s3cret:key &"}' }, { error: 'invalid_client' }, false],
    [{ status: 400, body: '{"error":"s3cret:key &"}' }, { error: '[redacted]' }, false],
    [{ status: 400, body: 'no JSON' }, undefined, false],
    [{ status: 503, body: '' }, undefined, true],
  ])('that refuses (%j) is named, with its code', async (refusal, cause, retryable) => {
    server.answers(refusal)
    expect(mustFail(await attempt(client()))).toEqual({
      code: 'HTTP_STATUS',
      message: `The token endpoint ${server.url('/token')} answered ${refusal.status}.`,
      status: refusal.status,
      retryable,
      ...(cause && { cause }),
    })
  })

  it.each([
    '',
    '[]',
    '{}',
    '{"access_token":""}',
    '{"access_token":"a b"}',
    '{"access_token":"abc',
    '{"access_token":"a","expires_in":"x"}',
  ])('that answers %j is an invalid answer, of which nothing is shown', async (body) => {
    server.answers({ status: 200, body })
    expect(mustFail(await attempt(client()))).toEqual({
      code: 'RESPONSE_INVALID',
      message: `The token endpoint ${server.url('/token')} answered with no access token.`,
      retryable: false,
    })
  })

  it('may answer as much as the limit, and not one byte more', async () => {
    const padded = (size: number) => ({ status: 200, body: '{"access_token":"no-good"}'.padEnd(size) })
    server.answers(padded(MAX_TOKEN_RESPONSE_BYTES))
    expect(mustFail(await attempt(client()))).toMatchObject({ code: 'HTTP_STATUS' })
    server.answers(padded(MAX_TOKEN_RESPONSE_BYTES + 1))
    expect(mustFail(await attempt(client()))).toMatchObject({ code: 'RESPONSE_TOO_LARGE' })
  })

  it.each(['http://10.0.0.1/token', 'http://metadata.google.internal/'])('at %s is blocked', async (url) => {
    expect(mustFail(await attempt(client({ token_url: url })))).toMatchObject({ code: 'ADDRESS_BLOCKED', retryable: false })
  })

  it('that redirects is not followed', async () => {
    const url = server.url('/redirect?status=307&to=/token')
    expect(
      await asked(async () => expect(mustFail(await attempt(client({ token_url: url })))).toMatchObject({ status: 307 })),
    ).toBe(0)
  })

  it('that hangs ends with the attempt', async () => {
    const auth = client({ token_url: server.url('/never') })
    expect(mustFail(await attempt(auth, {}, { timeoutMs: 50 }))).toMatchObject({ code: 'NODE_TIMEOUT', retryable: true })
  })
})

it('neither the secret nor the token is in an error that shows what the server repeats', async () => {
  const error = mustFail(await attempt(client(), { url: server.url('/echo'), expect_status: 404 }))
  expect(JSON.stringify(error)).toContain('Bearer [redacted]')
  expect(JSON.stringify(error)).not.toMatch(/access-token|s3cret/)
})
