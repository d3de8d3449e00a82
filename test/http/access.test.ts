import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import { describe, expect, it, vi } from 'vitest'
import { mount } from '../../src/http/access/mount.ts'
import { apiRoute } from '../../src/http/api-route.ts'
import type { AddRoute, HttpEnv, RouteDeps } from '../../src/http/deps.ts'
import { type Identity, resolveCommunity } from '../../src/http/identity.ts'
import { ADMIN_KEY, apiOf, testApp } from '../support/api.ts'
import { listRoutes } from '../support/reference.ts'

const app = testApp()
const api = apiOf(app)

const closedRoutes = listRoutes(app)
  // A signed link stands for a key on some, and `/health` tells nothing.
  .filter(({ security }) => security === undefined)
  .map(({ method, path }) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x')] as const)

describe('every route needs a key', () => {
  it.each(closedRoutes)('%s %s', async (method, path) => {
    const without = await app.request(path, { method })
    expect(without.status).toBe(401)
    expect(await without.json()).toEqual({
      success: false,
      message: expect.stringContaining('X-API-Key'),
      error_code: 'UNAUTHORIZED',
      details: { request_id: without.headers.get('X-Request-ID') },
    })
    expect((await app.request(path, { method, headers: { 'X-API-Key': `${ADMIN_KEY}x` } })).status).toBe(401)
    expect((await app.request(path, { method, headers: { Authorization: `Basic ${ADMIN_KEY}` } })).status).toBe(401)
  })

  it('also where there is no route', async () => {
    expect((await app.request('/api/v1/nothing')).status).toBe(401)
  })
})

describe('what a route needs', () => {
  const answers = { 200: { description: 'Yes' } }
  const mountRoute = (add: AddRoute) => mount(new OpenAPIHono<HttpEnv>(), {} as RouteDeps, add)

  it.each<[string, AddRoute]>([
    [
      'with no declaration',
      (app) => void app.openapi(createRoute({ method: 'get', path: '/x/{id}', responses: answers }), (c) => c.json({})),
    ],
    ['beside the reference', (app) => void app.get('/x', (c) => c.json({}))],
    ['not at all', () => undefined],
  ])('is declared: one mounted %s stops the start', (_, add) => expect(() => mountRoute(add)).toThrow(/apiRoute/))

  it('is declared by apiRoute', () => {
    const route = apiRoute({ action: 'do_it', scope: 'edit' }, { method: 'post', path: '/x/{id}', responses: answers })
    expect(() => mountRoute((app) => void app.openapi(route, (c) => c.json({})))).not.toThrow()
  })

  it('stands in the reference', async () => {
    const { paths, components, security } = (await api('GET', '//openapi.json')).body
    expect(paths['/api/v1/workflows/{id}/execute'].post).toMatchObject({
      operationId: 'execute_workflow',
      description: 'Needs a key with the scope `execute`, and `can_execute` on the workflow.',
      'x-access': { action: 'execute_workflow', scope: 'execute', on: 'workflow' },
    })
    expect(paths['/health'].get.security).toEqual([])
    expect(security.flatMap(Object.keys)).toEqual(['apiKey', 'bearer'])
    expect(paths['/api/v1/executions/{id}/events'].get.security.flatMap(Object.keys)).toEqual(
      Object.keys(components.securitySchemes),
    )
    const ids = Object.values<Record<string, { operationId: string }>>(paths).flatMap((path) =>
      Object.values(path).map((route) => route.operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('keys', () => {
  it('come as X-API-Key or as a bearer token', async () => {
    const bearer = await app.request('/api/v1/node-types', { headers: { Authorization: `Bearer ${ADMIN_KEY}` } })
    expect(bearer.status).toBe(200)
    expect((await api('GET', '/node-types')).status).toBe(200)
  })

  it('a deployment without one refuses everything and says how to set one', async () => {
    const keyless = testApp({ settings: {} })
    const answer = await keyless.request('/api/v1/node-types', { headers: { 'X-API-Key': 'anything' } })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('MILLRACE_ADMIN_KEY') })
  })

  it('name their own community or, as an admin, any', () => {
    const key: Identity = { communityId: '7', user: 'ada', keyId: null, scopes: [], tier: 'standard', isAdmin: false }
    expect(resolveCommunity(key, undefined)).toBe('7')
    expect(resolveCommunity(key, '7')).toBe('7')
    expect(() => resolveCommunity(key, '8')).toThrow(expect.objectContaining({ code: 'PERMISSION_DENIED', status: 403 }))
    expect(resolveCommunity({ ...key, isAdmin: true }, '8')).toBe('8')
  })
})

describe('without a key', () => {
  it('health tells that all is well', async () => {
    const answer = await app.request('/health')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ status: 'ok', checks: { database: 'ok', EXECUTION: 'ok' } })
    expect((await app.request('/api/v1/health')).status).toBe(200)
  })

  it('health tells what is missing', async () => {
    const database = { prepare: () => ({ first: () => Promise.reject(new Error('down')) }) }
    const ill = testApp({ database: database as unknown as D1Database, bindings: { EXECUTION: undefined } })
    const answer = await ill.request('/health')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: 'unavailable', checks: { database: 'failed', EXECUTION: 'failed' } })
  })

  it('the reference is there, with every route and the schemas that validate', async () => {
    const answer = await api('GET', '//openapi.json')
    expect(answer.body.openapi).toBe('3.1.0')
    expect(Object.keys(answer.body.paths)).toEqual(expect.arrayContaining(listRoutes(app).map(({ path }) => path)))
    const start = answer.body.components.schemas.Start.properties
    expect(start.priority).toEqual({ type: 'string', enum: ['high', 'normal', 'low'] })
  })

  it('the reference is made once, not for every caller', async () => {
    const fresh = testApp()
    const make = vi.spyOn(fresh, 'getOpenAPI31Document')
    const [first, second] = [await fresh.request('/openapi.json'), await fresh.request('/openapi.json')]
    expect(await second.text()).toBe(await first.text())
    expect(make).toHaveBeenCalledTimes(1)
  })
})

describe('request ids', () => {
  it("a caller's sane id is taken over", async () => {
    expect((await api('GET', '/node-types', undefined, { 'X-Request-ID': 'a-1' })).headers.get('X-Request-ID')).toBe('a-1')
    const longest = 'x'.repeat(128)
    expect((await api('GET', '/nothing', undefined, { 'X-Request-ID': longest })).body.details.request_id).toBe(longest)
  })

  it.each(['x'.repeat(129), 'a b', ''])('another is not: %j', async (id) => {
    const answer = await api('GET', '/nothing', undefined, { 'X-Request-ID': id })
    expect(answer.status).toBe(404)
    expect(answer.body.error_code).toBe('NOT_FOUND')
    expect(answer.body.details.request_id).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe('failures', () => {
  it('a bug shows nothing of itself', async () => {
    const broken = apiOf(testApp({ execution: () => Object.assign(Object.create(null)) }))
    const answer = await broken('GET', '/executions/x')
    expect(answer.status).toBe(500)
    expect(answer.body.error_code).toBe('INTERNAL_ERROR')
    expect(JSON.stringify(answer.body)).not.toContain('function')
  })

  it('an overloaded object is a 503', async () => {
    const overloaded = () => Promise.reject(Object.assign(new Error('too many requests'), { overloaded: true }))
    const app = testApp({ execution: () => ({ get: overloaded }) as never })
    const answer = await apiOf(app)('GET', '/executions/x')
    expect(answer.status).toBe(503)
    expect(answer.body.error_code).toBe('UNAVAILABLE')
  })
})

describe('what is not built yet', () => {
  it.each([
    ['GET', '/executions/x/trace'],
    ['GET', '/executions/x/cost'],
    ['GET', '/schedules'],
    ['PUT', '/schedules/x'],
    ['POST', '/hooks/x'],
    ['POST', '/workers/register'],
    ['POST', '/workers/x/heartbeat'],
    ['GET', '/costs/report'],
    ['DELETE', '/admin/dead-letters'],
    ['GET', '//metrics'],
    ['GET', '//api/costs/report'],
  ])('%s %s says so', async (method, path) => {
    const answer = await api(method, path)
    expect(answer.status).toBe(400)
    expect(answer.body.error_code).toBe('NOT_SUPPORTED')
    expect(answer.body.details.issues).toEqual([expect.objectContaining({ code: 'NOT_SUPPORTED', path: 'path' })])
  })

  it('names an execution only where there is one', async () => {
    expect((await api('POST', '/executions/x/pause')).headers.get('X-Execution-ID')).toBe('x')
    expect((await api('POST', '/executions/batch')).headers.get('X-Execution-ID')).toBeNull()
    expect((await api('POST', '/executions/cancel')).headers.get('X-Execution-ID')).toBeNull()
  })
})
