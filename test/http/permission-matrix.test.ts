// Every route of the app against every kind of caller. What a route needs stands here once more, on purpose: a route that is new, or
// that declares something else than before, fails until somebody has thought about it.
import { beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, testApp } from '../support/api.ts'
import { guarded, makeKey, type TestKey, USE } from '../support/keys.ts'
import { listRoutes } from '../support/reference.ts'

type Need =
  | 'anyone'
  | 'link'
  | 'view'
  | 'execute'
  | 'edit'
  | 'worker'
  | 'admin'
  | 'view workflow'
  | 'execute workflow'
  | 'edit workflow'
  | 'own workflow'
  | 'view execution'
  | 'execute execution'

const NEEDS: Readonly<Record<string, Need>> = {
  'GET /health': 'anyone',
  'GET /api/v1/workflows': 'view',
  'POST /api/v1/workflows': 'edit',
  'POST /api/v1/workflows/validate': 'view',
  'GET /api/v1/workflows/export': 'view',
  'POST /api/v1/workflows/import': 'edit',
  'POST /api/v1/workflows/test': 'execute',
  'GET /api/v1/workflows/{id}': 'view workflow',
  'GET /api/v1/workflows/{id}/versions/compare': 'view workflow',
  'GET /api/v1/workflows/{id}/versions/{version}': 'view workflow',
  'POST /api/v1/workflows/{id}/versions/{version}/restore': 'edit workflow',
  'PUT /api/v1/workflows/{id}': 'edit workflow',
  'DELETE /api/v1/workflows/{id}': 'edit workflow',
  'GET /api/v1/workflows/{id}/versions': 'view workflow',
  'PUT /api/v1/workflows/{id}/retry': 'edit workflow',
  'GET /api/v1/workflows/{id}/permissions': 'own workflow',
  'PUT /api/v1/workflows/{id}/permissions': 'own workflow',
  'POST /api/v1/workflows/{id}/execute': 'execute workflow',
  'POST /api/v1/workflows/{id}/test': 'execute workflow',
  'GET /api/v1/workflows/{id}/executions': 'view workflow',
  'POST /api/v1/executions': 'execute',
  'POST /api/v1/executions/batch': 'execute',
  'GET /api/v1/executions': 'view',
  'POST /api/v1/executions/cancel': 'execute',
  'GET /api/v1/executions/{id}': 'view execution',
  'DELETE /api/v1/executions/{id}': 'execute execution',
  'POST /api/v1/executions/{id}/cancel': 'execute execution',
  'POST /api/v1/executions/{id}/pause': 'execute execution',
  'POST /api/v1/executions/{id}/resume': 'execute execution',
  'POST /api/v1/executions/{id}/checkpoint': 'execute execution',
  'PUT /api/v1/executions/{id}/timeout': 'execute execution',
  'POST /api/v1/executions/{id}/recover': 'execute execution',
  'POST /api/v1/executions/{id}/replay': 'execute execution',
  'POST /api/v1/executions/{id}/test-retry': 'execute execution',
  'POST /api/v1/executions/{id}/signals/{name}': 'execute execution',
  'POST /api/v1/executions/{id}/approvals/{node}': 'execute execution',
  'GET /api/v1/executions/{id}/definition': 'view execution',
  'GET /api/v1/executions/{id}/payloads/{hash}': 'view execution',
  'GET /api/v1/executions/{id}/nodes': 'view execution',
  'GET /api/v1/executions/{id}/events': 'view execution',
  'GET /api/v1/executions/{id}/logs': 'view execution',
  'GET /api/v1/executions/{id}/logs/stream': 'view execution',
  'POST /api/v1/executions/{id}/stream-token': 'view execution',
  'POST /api/v1/tasks/{id}/complete': 'worker',
  'POST /api/v1/tasks/{id}/fail': 'worker',
  'GET /api/v1/node-types': 'view',
  'POST /api/v1/ai/workflows/generate': 'edit',
  'GET /api/v1/admin/dead-letters': 'admin',
  'GET /api/v1/admin/api-keys': 'admin',
  'POST /api/v1/admin/api-keys': 'admin',
  'POST /api/v1/admin/api-keys/{id}/rotate': 'admin',
  'DELETE /api/v1/admin/api-keys/{id}': 'admin',
  'GET /api/v1/admin/audit': 'admin',
  'GET /api/v1/admin/callback-secret': 'admin',
  'GET /api/v1/admin/secrets': 'admin',
  'GET /api/v1/admin/secrets/{name}': 'admin',
  'PUT /api/v1/admin/secrets/{name}': 'admin',
  'DELETE /api/v1/admin/secrets/{name}': 'admin',
  'POST /api/v1/admin/secrets/rotate': 'admin',
  'GET /api/v1/approvals/{token}': 'link',
  'POST /api/v1/approvals/{token}': 'link',
  'POST /api/v1/events/{token}': 'link',
}

/** Past the check of access, whatever comes of it; or how it ends there. */
type Ending = 'passes' | 401 | 403 | 404

let now = Date.now()
const app = testApp({ clock: () => now })
const routes = listRoutes(app).map(({ method, path }) => ({ method: method.toUpperCase(), path }))

interface Caller {
  readonly headers: Readonly<Record<string, string>>
  readonly query?: string
  /** Its ending, by what the route needs. */
  ends(need: Need): Ending
}

const withKey = ({ text }: Pick<TestKey, 'text'>) => ({ 'X-API-Key': text })
const scopeOf = (need: Need): string => need.split(' ')[0] ?? ''
const isAbout = (need: Need): boolean => need.includes(' ')
/** For those who have `view`, `execute` and `edit` alone. */
const isBeyond = (need: Need): boolean => need === 'admin' || need === 'worker'

const nobody = (): Ending => 401
const outsider = (): Ending => 403
/** Has those, and these permissions on the workflow. */
const permitted =
  (...permissions: readonly string[]) =>
  (need: Need): Ending => {
    if (isBeyond(need)) return 403
    return !isAbout(need) || permissions.includes(scopeOf(need)) ? 'passes' : 403
  }
const foreigner = (need: Need): Ending => (isAbout(need) ? 404 : isBeyond(need) ? 403 : 'passes')
const foreignAdmin = (need: Need): Ending => (isAbout(need) ? 404 : 'passes')
const almighty = (): Ending => 'passes'

let callers: Readonly<Record<string, (need: Need) => Caller>> = {}
let owner: TestKey
let grants: readonly object[] = []
let place: Readonly<Record<'workflow' | 'execution', string>>

/** A workflow of olga's with an open execution, and grants to the others. */
async function build() {
  const workflow = (await owner.api('POST', '/workflows', guarded)).body.data.workflow_id
  await owner.api('PUT', `/workflows/${workflow}/permissions`, { grants })
  const execution = (await owner.api('POST', `/workflows/${workflow}/execute`)).body.data.execution_id
  return { workflow, execution }
}

beforeAll(async () => {
  owner = await makeKey(app, { user: 'olga' })
  const soon = new Date(now + 60_000).toISOString()
  const [expired, revoked, viewer, executor, editor, stranger, worker, namesake, foreign, admin] = await Promise.all([
    makeKey(app, { user: 'olga', scopes: [...USE, 'admin'], expires_at: soon }),
    makeKey(app, { user: 'olga', scopes: [...USE, 'admin'] }),
    makeKey(app, { user: 'vic' }),
    makeKey(app, { user: 'eve' }),
    makeKey(app, { user: 'ed' }),
    makeKey(app, { user: 'sam' }),
    makeKey(app, { user: 'olga', scopes: ['worker', 'metrics'] }),
    makeKey(app, { user: 'olga', community: '8' }),
    makeKey(app, { user: 'olga', community: '8', scopes: [...USE, 'admin'] }),
    makeKey(app, { user: 'ann', scopes: ['admin'] }),
  ])
  await admin.api('DELETE', `/admin/api-keys/${revoked.id}`)
  now += 60_001
  const without = Object.fromEntries(
    await Promise.all(
      [...USE, 'worker'].map(async (scope) => {
        const scopes = [...USE, 'worker', 'metrics'].filter((other) => other !== scope)
        return [scope, await makeKey(app, { user: 'olga', scopes })] as const
      }),
    ),
  )
  grants = [
    { user: 'vic', can_view: true },
    { key: executor.id, can_execute: true },
    { user: 'ed', can_edit: true },
  ]
  place = await build()
  const caller = (key: TestKey, ends: Caller['ends']) => () => ({ headers: withKey(key), ends })
  callers = {
    'without a key': () => ({ headers: {}, ends: nobody }),
    'with a wrong key': () => ({ headers: { 'X-API-Key': `${owner.text.slice(0, -1)}_` }, ends: nobody }),
    'with a key that there is not': () => ({ headers: { 'X-API-Key': `mr_live_${'A'.repeat(44)}` }, ends: nobody }),
    'with a secret of another key': () => ({
      headers: { 'X-API-Key': `mr_live_${owner.id}${admin.text.slice(-32)}` },
      ends: nobody,
    }),
    'with an expired key': caller(expired, nobody),
    'with a revoked key': caller(revoked, nobody),
    'with every scope but the one': (need) => ({ headers: withKey(without[scopeOf(need)] ?? worker), ends: outsider }),
    'a worker': caller(worker, (need) => (need === 'worker' ? 'passes' : 403)),
    'a stranger of the community': caller(stranger, permitted()),
    'a viewer': caller(viewer, permitted('view')),
    'an executor, by its key': caller(executor, permitted('execute')),
    'an editor': caller(editor, permitted('edit')),
    'the owner': caller(owner, permitted('view', 'execute', 'edit', 'own')),
    'an admin of the community': caller(admin, almighty),
    'a namesake of another community': caller(namesake, foreigner),
    'an admin of another community': caller(foreign, foreignAdmin),
    'the operator': () => ({ headers: { 'X-API-Key': ADMIN_KEY }, query: '?community_id=7', ends: almighty }),
  }
}, 60_000)

function endingOf(status: number, code: unknown): Ending | number {
  if (code === 'UNAUTHORIZED' || code === 'PERMISSION_DENIED') return status
  if (code === 'WORKFLOW_NOT_FOUND' || code === 'EXECUTION_NOT_FOUND') return status
  return status < 500 || code === 'UNAVAILABLE' ? 'passes' : status
}

async function ask(method: string, path: string, { headers, query = '' }: Caller) {
  const id = path.startsWith('/api/v1/workflows/')
    ? place.workflow
    : path.startsWith('/api/v1/executions/')
      ? place.execution
      : 'x'
  const filled = path
    .replace('{id}', id)
    .replace('{node}', 'ask')
    .replaceAll('{name}', 'go')
    .replaceAll(/\{\w+\}/g, 'x')
  const response = await app.request(`${filled}${query}`, { method, headers })
  if (response.status === 101) return 'passes' as const
  return endingOf(response.status, ((await response.json()) as { error_code?: string }).error_code)
}

const isDestructive = (method: string, path: string): boolean =>
  method === 'DELETE' && (path === '/api/v1/workflows/{id}' || path === '/api/v1/executions/{id}')

describe('every route, for every caller', () => {
  it.each(routes)('$method $path', { timeout: 60_000 }, async ({ method, path }) => {
    const need = NEEDS[`${method} ${path}`]
    if (need === undefined) throw new Error('a new route: say in NEEDS who may use it')
    const [expected, found]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}]
    for (const [name, callerFor] of Object.entries(callers)) {
      const caller = callerFor(need)
      expected[name] = need === 'anyone' || need === 'link' ? 'passes' : caller.ends(need)
      found[name] = await ask(method, path, caller)
      if (isDestructive(method, path) && found[name] === 'passes') place = await build()
    }
    expect(found).toEqual(expected)
  })

  it('none is forgotten: what stands in no row is closed without a key', async () => {
    const open = new Set<string>()
    for (const { method, path } of app.routes)
      if (method !== 'ALL' && (await app.request(path, { method })).status !== 401) open.add(`${method} ${path}`)
    // The last is for people who open the link of an event.
    const links = [
      'GET /api/v1/approvals/:token',
      'POST /api/v1/approvals/:token',
      'POST /api/v1/events/:token',
      'GET /api/v1/events/:token',
    ]
    expect([...open].toSorted()).toEqual(['GET /docs', 'GET /health', 'GET /openapi.json', ...links].toSorted())
  })

  it('no row is left over', () => {
    expect(Object.keys(NEEDS).toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted())
  })
})
