import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Settings } from '../../src/env.ts'
import { KEY_SET_COOLDOWN_MS, KEY_SET_MAX_AGE_MS, TOKEN_CLOCK_TOLERANCE_SECONDS } from '../../src/http/limits.ts'
import { ADMIN_KEY, apiOf, testApp } from '../support/api.ts'
import { DENIED, guarded, makeKey, refusalOf } from '../support/keys.ts'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>
/** Undefined: the token has it not. */
type Claims = Readonly<Record<string, unknown>>

const ISSUER = 'https://id.example/'
const AUDIENCE = 'millrace'
const WRONG = [401, 'UNAUTHORIZED']

/** Of one test. */
let url: string
let pair: Pair
beforeAll(async () => {
  pair = await generateKeyPair('RS256', { extractable: true })
})
beforeEach(() => {
  url = `${inject('keySetServer')}/${crypto.randomUUID()}`
})
afterEach(() => vi.useRealTimers())

const publish = async (...keys: readonly JWK[]) => fetch(url, { method: 'PUT', body: JSON.stringify({ keys }) })
const publicJwk = async ({ publicKey }: Pair, kid = 'one', alg = 'RS256') => ({ ...(await exportJWK(publicKey)), kid, alg })

const settingsFor = (more: Settings = {}): Settings => ({
  MILLRACE_ADMIN_KEY: ADMIN_KEY,
  ID_SECRET: 'test-id-secret',
  JWT_JWKS_URL: url,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  ...more,
})

const CLAIMS = { sub: 'ada', community_id: 7, scope: 'openid view execute edit' }

/** A token as it should be, but for what is given. */
const sign = (
  claims: Claims = {},
  header: Partial<JWTHeaderParameters> = {},
  key: Parameters<SignJWT['sign']>[0] = pair.privateKey,
) =>
  new SignJWT({ iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 600, ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
    .sign(key)

const ask = (app: ReturnType<typeof testApp>, token: string, method = 'GET', path = '/node-types', body?: unknown) =>
  apiOf(app, { Authorization: `Bearer ${token}` })(method, path, body)

describe('a token', () => {
  it.each(['RS256', 'ES256', 'EdDSA'])('signed with %s is taken', async (alg) => {
    const own = await generateKeyPair(alg, { extractable: true })
    await publish(await publicJwk(own, 'one', alg))
    const answer = await ask(testApp({ settings: settingsFor() }), await sign({}, { alg }, own.privateKey))
    expect(answer.status).toBe(200)
  })

  it('says who its user is, of which community, and what it may', async () => {
    await publish(await publicJwk(pair))
    const app = testApp({ settings: settingsFor() })
    const token = await sign({ email: 'ada@example.com', email_verified: true })
    const made = await ask(app, token, 'POST', '/workflows', guarded)
    expect(made.body.data.created_by).toBe('ada@example.com')
    expect(
      (await (await makeKey(app, { user: 'ada@example.com' })).api('GET', `/workflows/${made.body.data.workflow_id}`)).status,
    ).toBe(200)
    expect(refusalOf(await ask(app, token, 'GET', '/workflows?community_id=8'))).toEqual(DENIED)
    expect(refusalOf(await ask(app, token, 'GET', '/admin/audit'))).toEqual(DENIED)
  })

  it.each<[Claims, string]>([
    [{ email: 'a@b', sub: 's', user_id: 'u', preferred_username: 'p', name: 'n' }, 'a@b'],
    [{ email: 'a@b', email_verified: false, sub: 's', user_id: 'u' }, 's'],
    [{ email: '', sub: 's', user_id: 'u' }, 's'],
    [{ sub: undefined, user_id: 'u', preferred_username: 'p', name: 'n' }, 'u'],
    [{ sub: undefined, user_id: 7, preferred_username: 'p', name: 'n' }, 'p'],
    [{ sub: undefined, name: 'n' }, 'n'],
  ])('with %j is of %s', async (claims, user) => {
    await publish(await publicJwk(pair))
    const answer = await ask(testApp({ settings: settingsFor() }), await sign(claims), 'POST', '/workflows', guarded)
    expect(answer.body.data.created_by).toBe(user)
  })

  it('may have its claims elsewhere', async () => {
    await publish(await publicJwk(pair))
    const settings = settingsFor({ JWT_COMMUNITY_CLAIM: 'https://id.example/tenant', JWT_SCOPES_CLAIM: 'realm_access.roles' })
    const claims = {
      community_id: undefined,
      scope: undefined,
      'https://id.example/tenant': '9',
      realm_access: { roles: ['admin', 7] },
    }
    const answer = await ask(testApp({ settings }), await sign(claims), 'POST', '/admin/api-keys', {
      name: 'x',
      user: 'y',
      scopes: ['view'],
    })
    expect(answer.body.data.community_id).toBe('9')
  })

  it('without a scope of ours may do nothing', async () => {
    await publish(await publicJwk(pair))
    const answer = await ask(testApp({ settings: settingsFor() }), await sign({ scope: 'openid millrace:view' }))
    expect(refusalOf(answer)).toEqual(DENIED)
  })
})

describe('a token is refused', () => {
  const seconds = () => Math.floor(Date.now() / 1000)

  it.each<[string, () => Promise<string>]>([
    ['that has expired', () => sign({ exp: seconds() - TOKEN_CLOCK_TOLERANCE_SECONDS - 1 })],
    ['that never expires', () => sign({ exp: undefined })],
    ['that is not good yet', () => sign({ nbf: seconds() + TOKEN_CLOCK_TOLERANCE_SECONDS + 60 })],
    ['for somebody else', () => sign({ aud: 'another' })],
    ['for nobody', () => sign({ aud: undefined })],
    ['of another issuer', () => sign({ iss: 'https://evil.example/' })],
    ['with an unknown key id', () => sign({}, { kid: 'two' })],
    ['of another key', async () => sign({}, {}, (await generateKeyPair('RS256')).privateKey)],
    ['of an algorithm that is not taken', async () => sign({}, { alg: 'PS256' }, (await generateKeyPair('PS256')).privateKey)],
    ['without a community', () => sign({ community_id: undefined })],
    ['with a list of communities', () => sign({ community_id: [7] })],
    ['of a community of half a character, which would be stored as another', () => sign({ community_id: '\ud800' })],
    ['of a community of two lines', () => sign({ community_id: '7\n8' })],
    ['without a user', () => sign({ sub: undefined })],
    ['of a user of half a character', () => sign({ sub: 'ad\ud800' })],
    ['of a user who calls himself as the operator', () => sign({ sub: undefined, name: 'admin' })],
    [
      'that was changed',
      async () => (await sign()).replace(/\.[^.]+\./, `.${btoa(JSON.stringify({ ...CLAIMS, sub: 'bob' })).replace(/=+$/, '')}.`),
    ],
    ['without a signature', async () => (await sign()).replace(/[^.]+$/, '')],
    ['with alg none', async () => new UnsecuredJWT({ ...CLAIMS, iss: ISSUER, aud: AUDIENCE, exp: seconds() + 600 }).encode()],
    [
      'with the public key as an HMAC secret',
      async () => sign({}, { alg: 'HS256' }, new TextEncoder().encode(JSON.stringify(await publicJwk(pair)))),
    ],
    ['with a critical header that nobody knows', () => sign({}, { crit: ['b64'], b64: false } as never).catch(() => 'eyJ.e30.x')],
    ['longer than tokens are', () => sign({ more: 'x'.repeat(9_000) })],
    ['that is none', async () => 'eyJhbGciOiJSUzI1NiJ9.e30.AAAA'],
  ])('%s', async (_, make) => {
    await publish(await publicJwk(pair))
    expect(refusalOf(await ask(testApp({ settings: settingsFor() }), await make()))).toEqual(WRONG)
  })

  it.each<[string, Settings]>([
    ['where none are taken', { JWT_JWKS_URL: '' }],
    ['without an issuer', { JWT_ISSUER: '' }],
    ['without an audience', { JWT_AUDIENCE: '' }],
  ])('by a deployment %s', async (_, settings) => {
    await publish(await publicJwk(pair))
    expect(refusalOf(await ask(testApp({ settings: settingsFor(settings) }), await sign()))).toEqual(WRONG)
  })

  it('as X-API-Key', async () => {
    await publish(await publicJwk(pair))
    const app = testApp({ settings: settingsFor() })
    expect(refusalOf(await apiOf(app, { 'X-API-Key': await sign() })('GET', '/node-types'))).toEqual(WRONG)
  })
})

describe('the key set', () => {
  it.each(['http://id.example/jwks', 'file:///jwks', 'nonsense'])('is not had from %s', async (JWT_JWKS_URL) => {
    const answer = await ask(testApp({ settings: settingsFor({ JWT_JWKS_URL }) }), await sign())
    expect(refusalOf(answer)).toEqual([503, 'UNAVAILABLE'])
  })

  it('is kept: its server may be down for a while', async () => {
    await publish(await publicJwk(pair))
    const app = testApp({ settings: settingsFor() })
    expect((await ask(app, await sign())).status).toBe(200)
    await fetch(url, { method: 'DELETE' })
    expect((await ask(app, await sign())).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + KEY_SET_MAX_AGE_MS + 1 })
    expect(refusalOf(await ask(app, await sign()))).toEqual([503, 'UNAVAILABLE'])
    await publish(await publicJwk(pair))
    expect((await ask(app, await sign())).status).toBe(200)
  })

  it('never had is a 503, which is not remembered', async () => {
    const app = testApp({ settings: settingsFor() })
    expect(refusalOf(await ask(app, await sign()))).toEqual([503, 'UNAVAILABLE'])
    await publish(await publicJwk(pair))
    expect((await ask(app, await sign())).status).toBe(200)
  })

  it('is asked for again when a key is new, but not by everyone who invents one', async () => {
    await publish(await publicJwk(pair))
    const asked: unknown[] = []
    const app = testApp({
      settings: settingsFor(),
      fetch: (...request) => {
        asked.push(request[0])
        return fetch(...request)
      },
    })
    expect((await ask(app, await sign())).status).toBe(200)
    const next = await generateKeyPair('RS256', { extractable: true })
    await publish(await publicJwk(next, 'two'))
    const rotated = await sign({}, { kid: 'two' }, next.privateKey)
    expect(refusalOf(await ask(app, rotated))).toEqual(WRONG)
    expect(asked).toHaveLength(1)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + KEY_SET_COOLDOWN_MS + 1 })
    expect((await ask(app, rotated)).status).toBe(200)
    expect(refusalOf(await ask(app, await sign()))).toEqual(WRONG)
    expect(asked).toHaveLength(2)
  })
})
