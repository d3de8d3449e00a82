import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createApiKeyStore } from '../../src/history/api-key-store.ts'
import { keyIdOf } from '../../src/http/access/api-key.ts'
import { sha256Hex } from '../../src/http/digest.ts'
import { FRESH_ACCESS_MS, KEPT_ACCESS_MS, MAX_OVERLAP_SECONDS, MAX_USER_LENGTH } from '../../src/http/limits.ts'
import { ADMIN_KEY, apiOf, testApp } from '../support/api.ts'
import { DENIED, makeKey, refusalOf, USE } from '../support/keys.ts'

let now = Date.now()
const clock = () => now
const app = testApp({ clock })
const operator = apiOf(app)
const WRONG = [401, 'UNAUTHORIZED']
const order = { name: 'ci', user: 'ada', scopes: ['view'], community_id: '7' }

describe('a new key', () => {
  it('is shown once, and kept as a digest', async () => {
    const { status, headers, body } = await operator('POST', '/admin/api-keys', { ...order, tier: 'premium' })
    expect(status).toBe(201)
    expect(headers.get('Cache-Control')).toBe('no-store')
    const { key, ...shown } = body.data
    expect(key).toMatch(/^mr_live_[0-9A-Za-z]{44}$/)
    expect(shown).toEqual({
      id: keyIdOf(key),
      prefix: key.slice(0, 20),
      name: 'ci',
      community_id: '7',
      user: 'ada',
      tier: 'premium',
      scopes: ['view'],
      status: 'active',
      created_at: new Date(now).toISOString(),
      created_by: 'admin',
      expires_at: null,
      revoked_at: null,
      rotated_at: null,
      previous_until: null,
    })
    const stored = await env.DB.prepare('SELECT * FROM api_keys WHERE id = ?').bind(shown.id).first()
    expect(stored?.hash).toBe(await sha256Hex(key))
    expect(JSON.stringify(stored)).not.toContain(key.slice(20))
    const listed = (await operator('GET', '/admin/api-keys?community_id=7')).body
    expect(listed.data).toContainEqual(shown)
    expect(JSON.stringify(listed)).not.toContain(key.slice(20))
  })

  it('comes as X-API-Key or as a bearer token', async () => {
    const { text } = await makeKey(app)
    expect((await apiOf(app, { 'X-API-Key': text })('GET', '/node-types')).status).toBe(200)
    expect((await apiOf(app, { Authorization: `Bearer ${text}` })('GET', '/node-types')).status).toBe(200)
  })

  it.each([
    [{}],
    [{ ...order, scopes: [] }],
    [{ ...order, scopes: ['root'] }],
    [{ ...order, user: '' }],
    [{ ...order, user: 'x'.repeat(MAX_USER_LENGTH + 1) }],
    [{ ...order, tier: 'gold' }],
    [{ ...order, expires_at: '2001-01-01T00:00:00Z' }],
    [{ ...order, is_admin: true }],
  ])('is not made of %j', async (body) =>
    expect(refusalOf(await operator('POST', '/admin/api-keys', body))).toEqual([400, 'BAD_REQUEST']),
  )

  it('may have the longest user', async () => {
    expect((await operator('POST', '/admin/api-keys', { ...order, user: 'x'.repeat(MAX_USER_LENGTH) })).status).toBe(201)
  })
})

describe('a key ends', () => {
  it('at its moment', async () => {
    const { api, id } = await makeKey(app, { expires_at: new Date(now + 1_000).toISOString() })
    expect((await api('GET', '/node-types')).status).toBe(200)
    now += 999
    expect((await api('GET', '/node-types')).status).toBe(200)
    now += 1
    expect(refusalOf(await api('GET', '/node-types'))).toEqual(WRONG)
    const listed = (await operator('GET', '/admin/api-keys?community_id=7')).body.data
    expect(listed.find((key: { id: string }) => key.id === id).status).toBe('expired')
  })

  it('when it is revoked: here at once, elsewhere within seconds', async () => {
    const elsewhere = testApp({ clock })
    const { api, id, text } = await makeKey(app)
    const there = apiOf(elsewhere, { 'X-API-Key': text })
    expect([(await api('GET', '/node-types')).status, (await there('GET', '/node-types')).status]).toEqual([200, 200])
    const revoked = await operator('DELETE', `/admin/api-keys/${id}?community_id=7`)
    expect(revoked.body.data).toMatchObject({ status: 'revoked', revoked_at: new Date(now).toISOString() })
    expect(refusalOf(await api('GET', '/node-types'))).toEqual(WRONG)
    now += FRESH_ACCESS_MS - 1
    expect((await there('GET', '/node-types')).status).toBe(200)
    now += 1
    expect(refusalOf(await there('GET', '/node-types'))).toEqual(WRONG)
    const again = await operator('DELETE', `/admin/api-keys/${id}?community_id=7`)
    expect(again.body.data).toEqual(revoked.body.data)
  })

  it('is revoked although it was being looked up meanwhile', async () => {
    const store = createApiKeyStore(env.DB)
    const gate = Promise.withResolvers<void>()
    const slow = testApp({
      clock,
      apiKeys: { ...store, find: async (id) => store.find(id).then(async (key) => gate.promise.then(() => key)) },
    })
    const { id, text } = await makeKey(app)
    const early = apiOf(slow, { 'X-API-Key': text })('GET', '/node-types')
    await apiOf(slow)('DELETE', `/admin/api-keys/${id}?community_id=7`)
    gate.resolve()
    await early
    expect(refusalOf(await apiOf(slow, { 'X-API-Key': text })('GET', '/node-types'))).toEqual(WRONG)
  })

  it.each([
    ['DELETE', '/admin/api-keys/unknown?community_id=7'],
    ['POST', '/admin/api-keys/unknown/rotate?community_id=7'],
  ])('not where there is none: %s %s', async (method, path) =>
    expect(refusalOf(await operator(method, path))).toEqual([404, 'NOT_FOUND']),
  )
})

describe('rotation', () => {
  const rotate = (id: string, overlap_seconds?: number) =>
    operator('POST', `/admin/api-keys/${id}/rotate?community_id=7`, overlap_seconds === undefined ? {} : { overlap_seconds })
  const statusOf = async (text: string) => (await apiOf(app, { 'X-API-Key': text })('GET', '/node-types')).status

  it('gives a new text under the same id, and lets the old one overlap', async () => {
    const { id, text } = await makeKey(app)
    expect(await statusOf(text)).toBe(200)
    const { body } = await rotate(id, 60)
    expect(body.data).toMatchObject({ id, user: 'ada', scopes: USE, previous_until: new Date(now + 60_000).toISOString() })
    expect([await statusOf(text), await statusOf(body.data.key)]).toEqual([200, 200])
    now += 60_000
    expect([await statusOf(text), await statusOf(body.data.key)]).toEqual([401, 200])
  })

  it('counts elsewhere at once, for the new text', async () => {
    const { id, text } = await makeKey(app)
    const elsewhere = testApp({ clock })
    const there = async (key: string) => (await apiOf(elsewhere, { 'X-API-Key': key })('GET', '/node-types')).status
    expect(await there(text)).toBe(200)
    expect(await there((await rotate(id)).body.data.key)).toBe(200)
  })

  it('a second one ends the first text at once', async () => {
    const { id, text } = await makeKey(app)
    const second = (await rotate(id)).body.data.key
    const third = (await rotate(id)).body.data.key
    expect([await statusOf(text), await statusOf(second), await statusOf(third)]).toEqual([401, 200, 200])
  })

  it('without an overlap ends the old text at once', async () => {
    const { id, text } = await makeKey(app)
    const { key } = (await rotate(id, 0)).body.data
    expect([await statusOf(text), await statusOf(key)]).toEqual([401, 200])
  })

  it('overlaps for a bounded time', async () => {
    const { id } = await makeKey(app)
    expect((await rotate(id, MAX_OVERLAP_SECONDS)).status).toBe(200)
    expect(refusalOf(await rotate(id, MAX_OVERLAP_SECONDS + 1))).toEqual([400, 'BAD_REQUEST'])
  })

  it('brings no revoked key back', async () => {
    const { id } = await makeKey(app)
    await operator('DELETE', `/admin/api-keys/${id}?community_id=7`)
    expect(refusalOf(await rotate(id))).toEqual([404, 'NOT_FOUND'])
  })
})

describe("a tenant's admin", () => {
  it('manages the keys of its own community alone', async () => {
    const admin = await makeKey(app, { user: 'ann', scopes: ['admin'] })
    const foreign = await makeKey(app, { community: '8' })
    const made = await admin.api('POST', '/admin/api-keys', { ...order, community_id: undefined })
    expect(made.body.data.community_id).toBe('7')
    const listed = (await admin.api('GET', '/admin/api-keys?per_page=100')).body.data
    expect(new Set(listed.map((key: { community_id: string }) => key.community_id))).toEqual(new Set(['7']))
    expect(refusalOf(await admin.api('POST', '/admin/api-keys', { ...order, community_id: '8' }))).toEqual(DENIED)
    expect(refusalOf(await admin.api('GET', '/admin/api-keys?community_id=8'))).toEqual(DENIED)
    expect(refusalOf(await admin.api('DELETE', `/admin/api-keys/${foreign.id}`))).toEqual([404, 'NOT_FOUND'])
    expect(refusalOf(await admin.api('POST', `/admin/api-keys/${foreign.id}/rotate`))).toEqual([404, 'NOT_FOUND'])
    expect((await foreign.api('GET', '/node-types')).status).toBe(200)
  })

  it('gives no key for the metrics of the deployment, and may not have them by being admin', async () => {
    const admin = await makeKey(app, { user: 'ann', scopes: ['admin'] })
    expect(refusalOf(await admin.api('POST', '/admin/api-keys', { ...order, scopes: ['metrics'] }))).toEqual(DENIED)
    expect((await operator('POST', '/admin/api-keys', { ...order, scopes: ['metrics'] })).status).toBe(201)
  })

  it('of the community default is no operator', async () => {
    const admin = await makeKey(app, { user: 'admin', scopes: ['admin'], community: 'default' })
    expect(refusalOf(await admin.api('GET', '/admin/api-keys?community_id=7'))).toEqual(DENIED)
  })
})

describe('while the database is down', () => {
  const store = createApiKeyStore(env.DB)

  it('a key that was known goes on for a while; one that was not cannot be judged; the operator is no less', async () => {
    let isDown = false
    const find = (id: string) => (isDown ? Promise.reject(new Error('D1_ERROR')) : store.find(id))
    const shaky = testApp({ clock, apiKeys: { ...store, find } })
    const [known, unknown] = [await makeKey(shaky), await makeKey(shaky)]
    const statusOf = async (text: string) => (await apiOf(shaky, { 'X-API-Key': text })('GET', '/node-types')).status
    expect(await statusOf(known.text)).toBe(200)
    isDown = true
    now += KEPT_ACCESS_MS - 1
    expect([await statusOf(known.text), await statusOf(unknown.text), await statusOf(ADMIN_KEY)]).toEqual([200, 503, 200])
    now += 1
    expect(await statusOf(known.text)).toBe(503)
  })

  it('what cannot be a key is refused without asking it', async () => {
    const asked: string[] = []
    const counting = testApp({
      apiKeys: {
        ...store,
        find: async (id) => {
          asked.push(id)
          return null
        },
      },
    })
    const ask = (key: string) => counting.request('/api/v1/node-types', { headers: { 'X-API-Key': key } })
    for (const key of ['x', 'mr_live_', `mr_live_${'a'.repeat(43)}`, `mr_live_${'a'.repeat(45)}`, `mr_test_${'a'.repeat(44)}`])
      expect((await ask(key)).status).toBe(401)
    expect(asked).toEqual([])
    expect((await ask(`mr_live_${'a'.repeat(44)}`)).status).toBe(401)
    expect(asked).toEqual(['a'.repeat(12)])
  })
})
