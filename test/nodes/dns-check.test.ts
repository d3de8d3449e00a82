// The DNS check of src/runner against a real resolver: here, because nothing can listen inside workerd.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { attemptTimeout } from '../../src/core/attempt-error.ts'
import { ExpiringMemo } from '../../src/core/expiring-memo.ts'
import { MAX_DNS_ANSWER_BYTES, MAX_DNS_KEPT_SECONDS, MAX_DNS_NAMES_KEPT } from '../../src/core/limits.ts'
import { createDnsCheck } from '../../src/runner/dns-check.ts'
import { createGuardedFetch } from '../../src/runner/guarded-fetch.ts'
import { type MisbehavingServer, startMisbehavingServer } from '../support/misbehaving-server.ts'

let server: MisbehavingServer
/** What the resolver says: answers by `<name> <type>`; all others have none. */
let records: Record<string, readonly { type: number; TTL: number; data: string }[]>
let answerText: string | null
let now = 0

const A = (data: string, TTL = 30) => ({ type: 1, TTL, data })
const AAAA = (data: string, TTL = 30) => ({ type: 28, TTL, data })
const CNAME = (data: string) => ({ type: 5, TTL: 30, data })

beforeAll(async () => {
  server = await startMisbehavingServer({
    '/dns-query': (_, response, query) => {
      const found = records[`${query.get('name')} ${query.get('type')}`]
      response.end(answerText ?? JSON.stringify({ Status: found ? 0 : 3, ...(found && { Answer: found }) }))
    },
  })
})
afterAll(() => server.close())
beforeEach(() => {
  records = {}
  answerText = null
  now = 0
})

const allowances = { privateNetwork: false, hosts: new Set(['intern.corp']) }
const signal = () => new AbortController().signal

function check(resolver = server.url('/dns-query')) {
  const checkAddress = createDnsCheck({
    resolver,
    fetch,
    allowances,
    known: new ExpiringMemo(MAX_DNS_NAMES_KEPT),
    now: () => now,
  })
  return (url: string, until = signal()) => checkAddress(new URL(url), until)
}

const blocked = { error: { code: 'ADDRESS_BLOCKED', retryable: false } }
const unresolved = { error: { code: 'NETWORK_ERROR', retryable: true } }

describe('a name', () => {
  it('of public addresses may be called', async () => {
    records = { 'a.example A': [CNAME('b.example.'), A('93.184.216.34')], 'a.example AAAA': [AAAA('2606:2800:220:1::1')] }
    await expect(check()('https://a.example/')).resolves.toBeUndefined()
  })

  it.each([
    [{ 'a.example A': [A('127.0.0.1')] }, 'loopback'],
    [{ 'a.example A': [A('93.184.216.34'), A('10.1.2.3')] }, 'private'],
    [{ 'a.example A': [A('93.184.216.34')], 'a.example AAAA': [AAAA('fd00:ec2::254')] }, 'unique-local'],
    [{ 'a.example AAAA': [AAAA('::ffff:169.254.169.254')] }, 'IPv4-mapped'],
  ])('of an address that is not public is blocked: %j', async (given, kind) => {
    records = given
    await expect(check()('https://a.example/')).rejects.toMatchObject(blocked)
    await expect(check()('https://a.example/')).rejects.toThrow(`The host a.example is not public: its address is ${kind}.`)
  })

  it('without an address is not called', async () => {
    await expect(check()('https://a.example/')).rejects.toMatchObject(unresolved)
  })

  it('is not asked about where it is an address, or allowed to be private', async () => {
    const before = server.requests.length
    for (const url of ['http://93.184.216.34/', 'http://[2606:4700::1]/', 'http://intern.corp/']) await check()(url)
    expect(server.requests.length).toBe(before)
  })

  it('is asked about once while its shortest record lives, and at most for a minute', async () => {
    const asked = async (checking: ReturnType<typeof check>, at: number) => {
      const before = server.requests.length
      now = at
      await checking('https://a.example/')
      return (server.requests.length - before) / 2
    }
    records = { 'a.example A': [A('93.184.216.34', 30), A('93.184.216.35', 20)] }
    const short = check()
    expect([await asked(short, 0), await asked(short, 19_999), await asked(short, 20_000)]).toEqual([1, 0, 1])
    records = { 'a.example A': [A('93.184.216.34', 86_400)] }
    const long = check()
    const limit = MAX_DNS_KEPT_SECONDS * 1000
    expect([await asked(long, 0), await asked(long, limit - 1), await asked(long, limit)]).toEqual([1, 0, 1])
  })
})

describe('a resolver', () => {
  it.each(['', 'no JSON', '{"Answer":1}', '{"Answer":[{"type":1,"TTL":1,"data":"a.example"}]}'])(
    'that answers %j resolves nothing, and nothing is called',
    async (text) => {
      answerText = text
      await expect(check()('https://a.example/')).rejects.toMatchObject(unresolved)
    },
  )

  it('may answer as much as the limit, and not one byte more', async () => {
    const answer = JSON.stringify({ Answer: [A('93.184.216.34'), AAAA('2606:4700::1')] })
    answerText = answer.padEnd(MAX_DNS_ANSWER_BYTES)
    await expect(check()('https://a.example/')).resolves.toBeUndefined()
    answerText = answer.padEnd(MAX_DNS_ANSWER_BYTES + 1)
    await expect(check()('https://a.example/')).rejects.toMatchObject(unresolved)
  })

  it.each(['/hangs-up', '/status?status=503', '/cut-off'])('that fails (%s) resolves nothing', async (path) => {
    await expect(check(server.url(path))('https://a.example/')).rejects.toMatchObject(unresolved)
  })

  it('that hangs ends with the attempt', async () => {
    const controller = new AbortController()
    const pending = check(server.url('/never'))('https://a.example/', controller.signal)
    controller.abort(attemptTimeout(1))
    await expect(pending).rejects.toMatchObject({ error: { code: 'NODE_TIMEOUT' } })
  })

  it('that is no URL is a setting to mend, and nothing is called', async () => {
    await expect(check('resolver')('https://a.example/')).rejects.toThrow('DNS_CHECK_URL')
  })
})

it('the guarded fetch asks at every hop', async () => {
  const sent: string[] = []
  const guarded = createGuardedFetch({
    fetch: (url, init) => {
      sent.push(url)
      return fetch(url.replace(/^http:\/\/[^/]+/, `http://${server.host}`), init)
    },
    allowances,
    checkAddress: createDnsCheck({
      resolver: server.url('/dns-query'),
      fetch,
      allowances,
      known: new ExpiringMemo(MAX_DNS_NAMES_KEPT),
      now: () => now,
    }),
  })
  records = { 'a.example A': [A('93.184.216.34')], 'rebound.example A': [A('127.0.0.1')] }
  const url = 'http://a.example/redirect?to=http://rebound.example/echo'
  await expect(guarded(url, { signal: signal() })).rejects.toMatchObject(blocked)
  expect(sent).toEqual([url])
})
