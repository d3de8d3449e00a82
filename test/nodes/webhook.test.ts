import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { webhook } from '../../src/nodes/webhook.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { attemptTask } from '../support/attempt-task.ts'
import { configIssues } from '../support/config-issues.ts'
import { httpAttempt, mustComplete, mustFail } from '../support/http-attempt.ts'
import { type MisbehavingServer, startMisbehavingServer } from '../support/misbehaving-server.ts'

const SECRET = 'whsec_0123456789'

let server: MisbehavingServer

beforeAll(async () => {
  server = await startMisbehavingServer()
})
afterAll(() => server.close())

const attempt = (config: JsonObject, over: Partial<AttemptTask> = {}) =>
  httpAttempt([server], { url: server.url('/echo'), secret: SECRET, ...config }, { nodeType: 'webhook', ...over })

interface Seen {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly base64: string
}

const sent = async (config: JsonObject, over: Partial<AttemptTask> = {}): Promise<Seen> =>
  mustComplete(await attempt(config, over)).body as unknown as Seen

describe('the signature', () => {
  const seconds = Math.floor(attemptTask().startedAt / 1000)

  it.each<[string, JsonObject]>([
    ['JSON', { body: { order: 'A-1', total: 3 } }],
    ['text', { body: 'grüße' }],
    ['a form', { body: { a: 'x y' }, headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['bytes', { body: { base64: '/wCA' } }],
    ['no body', {}],
  ])('is that of the bytes that are sent: %s', async (_, config) => {
    const { method, headers, base64 } = await sent(config)
    const signed = Buffer.concat([Buffer.from(`${seconds}.`), Buffer.from(base64, 'base64')])
    expect(method).toBe('POST')
    expect(headers['x-millrace-signature']).toBe(`t=${seconds},v1=${createHmac('sha256', SECRET).update(signed).digest('hex')}`)
  })

  it('is the same for every delivery of an attempt, and has the moment of the next one', async () => {
    const signature = async (over: Partial<AttemptTask>) => (await sent({ body: 'x' }, over)).headers['x-millrace-signature']
    expect(await signature({})).toBe(await signature({}))
    expect(await signature({ startedAt: 1_700_000_000_999 })).toMatch(/^t=1700000000,v1=[0-9a-f]{64}$/)
  })

  it('cannot be set by hand', async () => {
    const { headers } = await sent({ headers: { 'X-Millrace-Signature': 't=0,v1=00' } })
    expect(headers['x-millrace-signature']).toMatch(`t=${seconds},v1=`)
  })

  it('is checked by what the documentation shows', async () => {
    const docs = readFileSync(path.join(import.meta.dirname, '../../docs/nodes/http.md'), 'utf8')
    const source = /```js\n([\s\S]*?)```/.exec(docs)?.[1] ?? ''
    const module = `data:text/javascript,${encodeURIComponent(source)}`
    const { isFromMillrace } = await import(/* @vite-ignore */ module)
    const { headers, base64 } = await sent({ body: { order: 'ü' } })
    const body = Buffer.from(base64, 'base64')
    const check = (text: Buffer, signature: string | undefined, secret: string, now: number): boolean =>
      isFromMillrace(text, signature, secret, now)
    const signature = headers['x-millrace-signature']
    expect(check(body, signature, SECRET, seconds)).toBe(true)
    expect(check(body, signature, SECRET, seconds + 300)).toBe(true)
    expect(check(body, signature, SECRET, seconds + 301)).toBe(false)
    expect(check(body, signature, 'another-secret', seconds)).toBe(false)
    expect(check(Buffer.from('{}'), signature, SECRET, seconds)).toBe(false)
    for (const wrong of [undefined, '', 't=1', `t=${seconds},v1=00`]) expect(check(body, wrong, SECRET, seconds)).toBe(false)
  })
})

describe('a webhook', () => {
  it('gives and tells what an HTTP call does', async () => {
    const result = await attempt({ body: 'x', auth: { type: 'bearer', token: 't0ken' } })
    expect(result).toMatchObject({
      output: {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: { headers: { authorization: 'Bearer t0ken' } },
      },
      metadata: { status: 200, bytes_out: 1 },
    })
  })

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    const before = server.requests.length
    expect(mustFail(await attempt({ url: server.url(`/redirect?status=${status}&to=/echo`) }))).toMatchObject({
      code: 'HTTP_STATUS',
      status,
    })
    expect(server.requests.length - before).toBe(1)
  })

  it('never sends its secret, nor shows it', async () => {
    expect(JSON.stringify(await attempt({ body: 'x' }))).not.toContain(SECRET)
    expect(JSON.stringify(await attempt({ url: server.url('/status?status=500') }))).not.toContain(SECRET)
  })

  it.each<[JsonObject, string]>([
    [{ url: 'http://x.test' }, 'secret'],
    [{ url: 'http://x.test', secret: '12345' }, 'secret'],
    [{ url: 'http://x.test', secret: SECRET, method: 'PUT' }, 'method'],
    [{ secret: SECRET }, 'url'],
  ])('%j is refused', (config, field) => {
    expect(configIssues(webhook, config).join()).toContain(`${field}: `)
  })

  it('may have a secret of six characters', () => {
    expect(configIssues(webhook, { url: 'http://x.test', secret: '123456', method: 'POST' })).toEqual([])
  })
})
