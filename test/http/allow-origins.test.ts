// Pages of other origins: what a browser asks before, and what it needs with the answer.
import { describe, expect, it } from 'vitest'
import { ADMIN_KEY, testApp } from '../support/api.ts'

const settings = { MILLRACE_ADMIN_KEY: ADMIN_KEY, CORS_ORIGINS: 'https://app.example, https://admin.example/' }
const ask = (app: ReturnType<typeof testApp>, method: string, origin: string, headers: Record<string, string> = {}) =>
  app.request('http://millrace/api/v1/workflows', { method, headers: { Origin: origin, ...headers } })
const preflight = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' }
const allowed = (answer: Response) => answer.headers.get('Access-Control-Allow-Origin')

describe('CORS_ORIGINS', () => {
  it('lets the pages of those origins ask, without a key', async () => {
    for (const origin of ['https://app.example', 'https://admin.example']) {
      const answer = await ask(testApp({ settings }), 'OPTIONS', origin, preflight)
      expect([answer.status, allowed(answer)]).toEqual([204, origin])
      expect(answer.headers.get('Access-Control-Allow-Headers')).toMatch(/Authorization.*Idempotency-Key.*If-Match/)
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
    }
  })

  it('shows them answers and refusals, with their headers', async () => {
    const app = testApp({ settings })
    for (const [key, status] of [
      [ADMIN_KEY, 200],
      ['wrong', 401],
    ] as const) {
      const answer = await ask(app, 'GET', 'https://app.example', { 'X-API-Key': key })
      expect([answer.status, allowed(answer)]).toEqual([status, 'https://app.example'])
      expect(answer.headers.get('Access-Control-Expose-Headers')).toContain('X-Request-ID')
    }
  })

  it.each(['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null'])(
    'leaves %s out',
    async (origin) => {
      const app = testApp({ settings })
      expect(allowed(await ask(app, 'OPTIONS', origin, preflight))).toBeNull()
      expect(allowed(await ask(app, 'GET', origin, { 'X-API-Key': ADMIN_KEY }))).toBeNull()
    },
  )

  it('lets nobody in where it is not set', async () => {
    const answer = await ask(testApp(), 'OPTIONS', 'https://app.example', preflight)
    expect([answer.status, allowed(answer)]).toEqual([401, null])
  })

  it('may be all origins', async () => {
    const app = testApp({ settings: { ...settings, CORS_ORIGINS: '*' } })
    expect(allowed(await ask(app, 'GET', 'https://any.example'))).toBe('*')
  })
})
