import { OpenAPIHono } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import type { DeadLetterQuery } from '../../src/history/dead-letter-store.ts'
import type { Guard } from '../../src/http/access/guard.ts'
import { BoundedMemo } from '../../src/http/bounded-memo.ts'
import { canonicalPath } from '../../src/http/canonical-path.ts'
import type { App, HttpEnv, RouteDeps } from '../../src/http/deps.ts'
import { guardStore } from '../../src/http/guard-store.ts'
import { listDeadLetters } from '../../src/http/routes/list-dead-letters.ts'
import { searchLogs } from '../../src/http/search-logs.ts'
import { derivedIds, randomIds } from '../../src/http/start/execution-ids.ts'
import { createWorkflowFinder } from '../../src/http/start/find-workflow.ts'
import { readStartHeaders } from '../../src/http/start/start-headers.ts'

describe('canonicalPath', () => {
  it.each([
    ['/api/v1/executions/a', '/api/v1/executions/a'],
    ['/api/executions', '/api/v1/executions'],
    ['/api/workflows/a/execute', '/api/v1/workflows/a/execute'],
    ['/api/admin/dead-letters', '/api/v1/admin/dead-letters'],
    ['/workflows', '/api/v1/workflows'],
    ['/workflows/', '/api/v1/workflows'],
    ['/workflows/a/execute', '/api/v1/workflows/a/execute'],
    ['/workflows/executions/a', '/api/v1/executions/a'],
    ['/workflows/executions/a/cancel', '/api/v1/executions/a/cancel'],
    ['/api/v1/workflows/executions/a', '/api/v1/executions/a'],
    ['/ws/executions/a', '/api/v1/executions/a/logs/stream'],
    ['/health', '/health'],
    ['/api/v1/health', '/health'],
    ['/workflowsx', '/workflowsx'],
    ['/', '/'],
    ['//', '/'],
    ['/workflows///', '/api/v1/workflows'],
    [`/${'/'.repeat(1_000_000)}x`, `/${'/'.repeat(1_000_000)}x`],
  ])('%s is %s', (path, canonical) => expect(canonicalPath(path)).toBe(canonical))
})

describe('BoundedMemo', () => {
  it('drops what was used longest ago when it becomes too heavy', () => {
    const memo = new BoundedMemo<string>(10)
    memo.set('a', 'A', 4)
    memo.set('b', 'B', 4)
    expect(memo.get('a')).toBe('A')
    memo.set('c', 'C', 4)
    expect([memo.get('a'), memo.get('b'), memo.get('c')]).toEqual(['A', undefined, 'C'])
  })

  it('keeps what weighs as much as the bound, not more', () => {
    const memo = new BoundedMemo<string>(10)
    memo.set('a', 'A', 10)
    expect(memo.get('a')).toBe('A')
    memo.set('b', 'B', 11)
    expect([memo.get('a'), memo.get('b')]).toEqual(['A', undefined])
  })

  it('counts a replaced value once, and a deleted one no more', () => {
    const memo = new BoundedMemo<string>(10)
    for (let time = 0; time < 5; time++) memo.set('a', 'A', 6)
    memo.set('b', 'B', 4)
    expect(memo.get('a')).toBe('A')
    memo.delete('a')
    memo.set('c', 'C', 6)
    expect([memo.get('b'), memo.get('c')]).toEqual(['B', 'C'])
  })
})

describe('createWorkflowFinder', () => {
  it('forgets every version of a workflow, and no other workflow', async () => {
    const asked: string[] = []
    const get = async (_: string, workflow_id: string, version = 1) => {
      asked.push(`${workflow_id} ${version}`)
      return { workflow_id, version, config_hash: 'x', created_at: 0, created_by: 'x', definition: { nodes: [], edges: [] } }
    }
    const finder = createWorkflowFinder({ get }, () => 0)
    const findAll = async () => {
      for (const id of ['a', 'ab']) for (const version of [undefined, 1, 2]) await finder.find('7', id, version)
    }
    await findAll()
    finder.forget('7', 'a')
    asked.length = 0
    await findAll()
    expect(asked).toEqual(['a 1', 'a 1', 'a 2'])
  })
})

/** What the route declares is another test's. */
const OPEN_GUARD = { require: async () => {} } as unknown as Guard

describe('listDeadLetters', () => {
  it.each<[isAdmin: boolean, path: string, status: number, communityIds: (string | null)[]]>([
    [true, '', 200, [null]],
    [true, '?community_id=8', 200, ['8']],
    [false, '', 200, ['7']],
    [false, '?community_id=7', 200, ['7']],
    [false, '?community_id=8', 500, []],
  ])('admin: %s, %s', async (isAdmin, path, status, communityIds) => {
    const asked: (string | null)[] = []
    const list = async ({ communityId }: DeadLetterQuery) => {
      asked.push(communityId)
      return { items: [], total: 0 }
    }
    const app: App = new OpenAPIHono<HttpEnv>()
    app.onError((_, c) => c.text('refused', 500))
    app.use(async (c, next) => {
      c.set('identity', { communityId: '7', user: 'ada', keyId: null, scopes: ['admin'], tier: 'standard', isAdmin })
      c.set('guard', OPEN_GUARD)
      await next()
    })
    // The only dependency of this route.
    listDeadLetters(app, { deadLetters: { list } } as unknown as RouteDeps)
    expect((await app.request(`/api/v1/admin/dead-letters${path}`)).status).toBe(status)
    expect(asked).toEqual(communityIds)
  })
})

describe('guardStore', () => {
  const failWith = (error: unknown) => guardStore({ get: () => Promise.reject(error) }).get()

  it('what the database throws is UNAVAILABLE, with its cause', async () => {
    const cause = new Error('D1_ERROR')
    await expect(failWith(cause)).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503, cause })
  })

  it('a row that cannot be read stays a bug', async () => {
    const damaged = new SyntaxError('no JSON')
    await expect(failWith(damaged)).rejects.toBe(damaged)
  })
})

describe('readStartHeaders', () => {
  const read = (headers: Record<string, string>) => readStartHeaders(new Headers(headers))
  const TRACE = '0af7651916cd43dd8448eb211c80319c'
  const SPAN = 'b7ad6b7169203331'

  it('of nothing', () => {
    expect(read({})).toEqual({
      priority: null,
      correlationId: null,
      traceId: null,
      captureIo: false,
      waitSeconds: null,
      idempotencyKey: null,
    })
  })

  it.each([
    ['high', 'high'],
    ['LOW', 'low'],
    ['urgent', 'normal'],
  ])('X-Priority %s is %s', (header, priority) => expect(read({ 'X-Priority': header }).priority).toBe(priority))

  it.each([
    [`00-${TRACE}-${SPAN}-01`, TRACE],
    [`cc-${TRACE}-${SPAN}-01-more`, TRACE],
    [`00-${TRACE}-${SPAN}-01-more`, null],
    [`ff-${TRACE}-${SPAN}-01`, null],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, null],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, null],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, null],
    ['nonsense', null],
  ])('traceparent %s gives %s', (traceparent, traceId) => expect(read({ traceparent }).traceId).toBe(traceId))

  it.each(['true', 'TRUE', '1', 'yes'])('X-Workflow-Trace means exactly true: %s', (header) =>
    expect(read({ 'X-Workflow-Trace': header }).captureIo).toBe(header === 'true'),
  )

  it.each([
    ['wait=5', 5],
    ['respond-async, wait=10', 10],
    ['wait = "7"; foo', 7],
    ['wait=30', 30],
    ['wait=31', 30],
    ['await=3', null],
    ['wait=x', null],
  ])('Prefer: %s waits %s s', (prefer, seconds) => expect(read({ Prefer: prefer }).waitSeconds).toBe(seconds))

  it('an Idempotency-Key has 1 to 255 printable characters', () => {
    expect(read({ 'Idempotency-Key': 'k'.repeat(255) }).idempotencyKey).toHaveLength(255)
    expect(() => read({ 'Idempotency-Key': 'k'.repeat(256) })).toThrow('1 to 255')
    expect(() => read({ 'Idempotency-Key': '' })).toThrow('1 to 255')
  })
})

describe('execution ids', () => {
  const take = async (ids: AsyncIterable<string>) => {
    const taken: string[] = []
    for await (const id of ids) taken.push(id)
    return taken
  }

  it('the all-zero id is drawn again', async () => {
    const drawn = ['0000000000000000', '00000000000000a1']
    expect(await take(randomIds(() => drawn.shift() ?? '00000000000000ff'))).not.toContain('0000000000000000')
  })

  it('an idempotency key gives the same ids again, and each scope others', async () => {
    const scope = { communityId: 'a', workflowId: 'b', key: 'c' }
    const first = await take(derivedIds('secret', scope))
    expect(first).toEqual(await take(derivedIds('secret', { ...scope })))
    expect(new Set(first).size).toBe(8)
    expect(first.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true)
    const others = await Promise.all([
      take(derivedIds('another secret', scope)),
      take(derivedIds('secret', { ...scope, communityId: 'x' })),
      take(derivedIds('secret', { ...scope, workflowId: null })),
      take(derivedIds('secret', { ...scope, key: 'x' })),
    ])
    for (const ids of others) expect(ids).not.toContain(first[0])
  })
})

describe('searchLogs', () => {
  const frame = (seq: number) => ({
    type: 'event' as const,
    seq,
    at: '2026-01-01T00:00:00.000Z',
    event: 'node.completed',
    level: seq % 2 === 0 ? ('warn' as const) : ('info' as const),
    node_id: `n${seq % 3}`,
    message: `Step ${seq}`,
  })
  const execution = (count: number) => ({
    events: async (_: string, { after, limit }: { after: number; limit: number }) => {
      const events = Array.from({ length: count }, (_, index) => frame(index + 1)).slice(after, after + limit)
      return { events, next: after + limit < count ? after + limit : null }
    },
  })
  const all = { communityId: 'default', after: 0, limit: 1_000, level: undefined, nodeId: undefined, text: undefined }
  const seqs = async (count: number, query: object) => {
    const page = await searchLogs(execution(count), { ...all, ...query })
    return { seqs: page?.entries.map(({ seq }) => seq), next: page?.next }
  }

  it('filters by level and above, node and text', async () => {
    expect(await seqs(6, { level: 'warn' })).toEqual({ seqs: [2, 4, 6], next: null })
    expect(await seqs(6, { nodeId: 'n0' })).toEqual({ seqs: [3, 6], next: null })
    expect(await seqs(12, { text: 'STEP 1' })).toEqual({ seqs: [1, 10, 11, 12], next: null })
  })

  it('goes on from where it stopped', async () => {
    expect(await seqs(6, { level: 'warn', limit: 2 })).toEqual({ seqs: [2, 4], next: 4 })
    expect(await seqs(6, { level: 'warn', limit: 2, after: 4 })).toEqual({ seqs: [6], next: null })
  })

  it('looks through 10,000 events and no more', async () => {
    expect(await seqs(10_000, { text: 'nothing' })).toEqual({ seqs: [], next: null })
    expect(await seqs(10_001, { text: 'nothing' })).toEqual({ seqs: [], next: 10_000 })
  })
})
