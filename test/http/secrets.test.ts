import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { MAX_SECRET_BYTES, MAX_SECRETS, MIN_SECRET_CHARACTERS } from '../../src/core/limits.ts'
import { createSecretStore } from '../../src/history/secret-store.ts'
import { apiOf, testApp } from '../support/api.ts'

const api = apiOf(testApp({ clock: () => 1_000 }))
const put = (name: string, value: unknown, query = '') => api('PUT', `/admin/secrets/${name}${query}`, { value })
const VALUE = 'sk-live-0123456789'

describe('secrets', () => {
  it('are set, replaced, looked at and deleted, and never shown', async () => {
    const shown = {
      name: 'token',
      key_id: 'k1',
      created_at: '1970-01-01T00:00:01.000Z',
      updated_at: '1970-01-01T00:00:01.000Z',
      updated_by: 'admin',
    }
    const created = await put('token', VALUE)
    expect(created).toMatchObject({ status: 201, body: { success: true, data: shown } })
    const replaced = await put('token', `${VALUE}-2`)
    expect(replaced).toMatchObject({ status: 200, body: { data: shown } })
    const one = await api('GET', '/admin/secrets/token')
    expect(one.body).toEqual({ success: true, data: shown })
    const all = await api('GET', '/admin/secrets')
    expect(all.body).toEqual({ success: true, data: [shown] })
    const deleted = await api('DELETE', '/admin/secrets/token')
    expect(deleted).toMatchObject({ status: 200, body: { data: { name: 'token' } } })
    for (const { body } of [created, replaced, one, all, deleted]) expect(JSON.stringify(body)).not.toContain('0123456789')
    for (const method of ['GET', 'DELETE'])
      expect(await api(method, '/admin/secrets/token')).toMatchObject({ status: 404, body: { error_code: 'NOT_FOUND' } })
    expect((await api('GET', '/admin/secrets/no name')).status).toBe(404)
  })

  it('belong to a community', async () => {
    await put('shared', VALUE, '?community_id=7')
    expect((await api('GET', '/admin/secrets/shared')).status).toBe(404)
    expect((await api('GET', '/admin/secrets?community_id=7')).body.data).toMatchObject([{ name: 'shared' }])
    expect((await api('DELETE', '/admin/secrets/shared?community_id=8')).status).toBe(404)
    await api('PUT', '/admin/secrets/named', { value: VALUE, community_id: '9' })
    expect((await api('GET', '/admin/secrets/named?community_id=9')).status).toBe(200)
    expect((await api('GET', '/admin/secrets/named')).status).toBe(404)
  })

  it('are encrypted anew with the first key', async () => {
    await put('old', VALUE, '?community_id=turning')
    const answer = await api('POST', '/admin/secrets/rotate?community_id=turning')
    const data = { key_id: 'k1', rotated: 0, unreadable: 0, missing_key_ids: [], remaining: 0 }
    expect(answer.body).toEqual({ success: true, data, meta: { next: null } })
  })

  it('are encrypted anew call by call', async () => {
    const next = { community_id: 'ü', name: 'a' }
    const rotate = vi.fn(async () => ({ keyId: 'k2', rotated: 1, unreadable: 0, missingKeyIds: [], remaining: 1, next }))
    const turning = apiOf(testApp({ secrets: { rotate } as never }))
    const { meta } = (await turning('POST', '/admin/secrets/rotate')).body
    await turning('POST', `/admin/secrets/rotate?community_id=7&after=${meta.next}`)
    expect(rotate.mock.calls).toEqual([[{ communityId: null, after: null }], [{ communityId: '7', after: next }]])
    expect(await turning('POST', '/admin/secrets/rotate?after=x')).toMatchObject({ status: 400 })
  })

  it('need a key of the deployment, which the refusal tells how to set', async () => {
    for (const SECRETS_KEYS of ['', 'k1:too-short']) {
      const keyless = apiOf(testApp({ secrets: createSecretStore(env.DB, SECRETS_KEYS) }))
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/x'],
        ['PUT', '/x'],
        ['DELETE', '/x'],
        ['POST', '/rotate'],
      ] as const) {
        const answer = await keyless(method, `/admin/secrets${path}`, method === 'GET' ? undefined : { value: VALUE })
        expect(answer).toMatchObject({
          status: 503,
          body: { error_code: 'UNAVAILABLE', message: expect.stringContaining('`SECRETS_KEYS`') },
        })
        expect(JSON.stringify(answer.body)).not.toContain('too-short')
      }
    }
  })
})

describe('a bad secret', () => {
  it.each([`a`, '_', `A${'b'.repeat(63)}`, 'a-b_C9'])('the name %s is one', async (name) => {
    expect((await put(name, VALUE, '?community_id=names')).status).toBe(201)
  })

  it.each(['9a', 'a.b', 'a%20b', `a${'b'.repeat(64)}`, '%C3%A4'])('the name %s is none', async (name) => {
    expect(await put(name, VALUE)).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } })
  })

  it('is too short or too long', async () => {
    const sizes = '?community_id=sizes'
    expect((await put('shortest', 'x'.repeat(MIN_SECRET_CHARACTERS), sizes)).status).toBe(201)
    expect((await put('short', 'x'.repeat(MIN_SECRET_CHARACTERS - 1), sizes)).status).toBe(400)
    // Characters, not what they are made of.
    expect((await put('short', '😀'.repeat(MIN_SECRET_CHARACTERS - 1), sizes)).status).toBe(400)
    expect((await put('longest', 'x'.repeat(MAX_SECRET_BYTES), sizes)).status).toBe(201)
    expect((await put('long', `${'x'.repeat(MAX_SECRET_BYTES - 1)}ä`, sizes)).status).toBe(400)
    expect((await api('GET', `/admin/secrets${sizes}`)).body.data).toHaveLength(2)
  })

  it('is one more than there may be', async () => {
    const full = apiOf(testApp({ secrets: { put: async () => null } as never }))
    const answer = await full('PUT', '/admin/secrets/more', { value: VALUE })
    expect(answer).toMatchObject({
      status: 409,
      body: { error_code: 'CONFLICT', message: expect.stringContaining(`${MAX_SECRETS}`) },
    })
  })

  it.each([
    ['a number', { value: 1234567890123456 }],
    ['an object', { value: { '1234567890123456': '1234567890123456' } }],
    ['a list', { value: ['1234567890123456'] }],
    ['too long', { value: '1234567890123456'.repeat(5_000) }],
    ['half a character', { value: '1234567890123456\ud800' }],
    ['misnamed', { '1234567890123456': '1234567890123456' }],
    ['the body itself', '"1234567890123456"'],
    ['no JSON', '{"value": "1234567890123456'],
    ['no JSON at all', '1234567890123456\n'],
  ])('is not repeated by its refusal: %s', async (_, body) => {
    const logged = ['log', 'warn', 'error', 'info'].map((level) => vi.spyOn(console, level as 'log'))
    const answer = await api('PUT', '/admin/secrets/refused', body)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } })
    expect(JSON.stringify(answer.body)).not.toContain('123456')
    expect(JSON.stringify(logged.map((spy) => spy.mock.calls))).not.toContain('123456')
  })

  it('is not in the log of a database that fails', async () => {
    const logged = vi.spyOn(console, 'error')
    const database = { prepare: () => ({ bind: () => ({}) }), batch: () => Promise.reject(new Error('down')) }
    const secrets = createSecretStore(database as unknown as D1Database, `k1:${'a1'.repeat(32)}`)
    const answer = await apiOf(testApp({ secrets }))('PUT', '/admin/secrets/lost', { value: 'sk-live-123456' })
    expect(answer.status).toBe(503)
    expect(JSON.stringify([answer.body, logged.mock.calls])).not.toContain('sk-live')
  })
})
