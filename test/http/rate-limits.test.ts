import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { createAuditLog } from '../../src/history/audit-log.ts'
import { REQUESTS_PER_MINUTE } from '../../src/http/limits.ts'
import { apiOf, testApp } from '../support/api.ts'
import { makeKey, refusalOf } from '../support/keys.ts'

/** Counts as the platform does, and forgets nothing. */
class Counter {
  readonly asked: string[] = []
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  async limit({ key }: { readonly key: string }) {
    this.asked.push(key)
    return { success: this.asked.filter((other) => other === key).length <= this.#most }
  }
}

const counters = () => ({ standard: new Counter(2), premium: new Counter(4) })
const LIMITED = [429, 'RATE_LIMITED']

describe('the requests of a key', () => {
  it.each([
    ['standard', 2],
    ['premium', 4],
  ] as const)('are limited by its tier: %s', async (tier, most) => {
    const app = testApp({ rateLimiters: counters() })
    const [{ api }, another] = [await makeKey(app, { tier }), await makeKey(app, { tier })]
    for (let request = 0; request < most; request += 1) {
      const { status, headers } = await api('GET', '/node-types')
      expect([status, headers.get('RateLimit-Policy'), headers.get('X-RateLimit-Limit')]).toEqual([
        200,
        `"${tier}";q=${REQUESTS_PER_MINUTE[tier]};w=60`,
        String(REQUESTS_PER_MINUTE[tier]),
      ])
    }
    const refused = await api('GET', '/node-types')
    expect(refusalOf(refused)).toEqual(LIMITED)
    expect(refused.headers.get('Retry-After')).toBe('60')
    expect(refused.headers.get('RateLimit')).toBe(`"${tier}";r=0;t=60`)
    expect(refused.headers.get('X-RateLimit-Remaining')).toBe('0')
    expect((await another.api('GET', '/node-types')).status).toBe(200)
  })

  it('are limited before anything is asked of a database, so that refusals write nothing', async () => {
    const [app, append] = [testApp({ rateLimiters: { standard: new Counter(0), premium: new Counter(0) } }), vi.fn()]
    const { api } = await makeKey(app)
    const silent = testApp({
      rateLimiters: { standard: new Counter(0), premium: new Counter(0) },
      auditLog: { ...createAuditLog(env.DB), append },
    })
    expect(refusalOf(await api('GET', '/admin/audit'))).toEqual(LIMITED)
    const { text } = await makeKey(silent)
    append.mockClear()
    expect(refusalOf(await apiOf(silent, { 'X-API-Key': text })('GET', '/admin/audit'))).toEqual(LIMITED)
    expect(append).not.toHaveBeenCalled()
  })

  it('of administrators are not counted, nor those without a good key', async () => {
    const limiters = counters()
    const app = testApp({ rateLimiters: limiters })
    const admin = await makeKey(app, { scopes: ['admin'] })
    for (let request = 0; request < 5; request += 1) {
      expect((await admin.api('GET', '/node-types')).status).toBe(200)
      expect((await app.request('/api/v1/node-types', { headers: { 'X-API-Key': 'x' } })).status).toBe(401)
    }
    expect([...limiters.standard.asked, ...limiters.premium.asked]).toEqual([])
  })

  it('go on where nobody counts', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken = { limit: () => Promise.reject(new Error('no counter')) }
    const app = testApp({ rateLimiters: { standard: broken, premium: broken } })
    expect((await (await makeKey(app)).api('GET', '/node-types')).status).toBe(200)
    expect(logged).toHaveBeenCalled()
    logged.mockRestore()
  })
})

describe("the platform's counter", () => {
  it('holds a key to its limit, and no other key', { timeout: 30_000 }, async () => {
    const app = testApp({ rateLimiters: { standard: env.STANDARD_RATE, premium: env.PREMIUM_RATE } })
    const [{ api }, another] = [await makeKey(app), await makeKey(app)]
    const statuses = new Set<number>()
    // A window may end in between: then the second one holds it.
    for (let request = 0; request <= 2 * REQUESTS_PER_MINUTE.standard && !statuses.has(429); request += 1)
      statuses.add((await api('GET', '/node-types')).status)
    expect([...statuses]).toEqual([200, 429])
    expect((await another.api('GET', '/node-types')).status).toBe(200)
  })
})
