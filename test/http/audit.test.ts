import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { createAuditLog } from '../../src/history/audit-log.ts'
import { decisionsOf, type Outcome } from '../../src/http/access/decisions.ts'
import { ADMIN } from '../../src/http/identity.ts'
import { type AuditLine, formatAuditLine } from '../../src/observability/audit-line.ts'
import { VERSION } from '../../src/version.ts'
import { apiOf, sleeper, testApp } from '../support/api.ts'
import { guarded, makeKey } from '../support/keys.ts'

const NOW = Date.parse('2025-12-09T12:00:00.500Z')
const START = `[2025-12-09T12:00:00Z]`
const auditLog = createAuditLog(env.DB)
const lines: string[] = []
let now = NOW
const app = testApp({ clock: () => now, writeAudit: (written) => lines.push(...written.split('\n')) })
const operator = apiOf(app)

/** The lines of one request, without what is the same in all. */
async function linesOf(ask: () => Promise<unknown>): Promise<string[]> {
  lines.length = 0
  await ask()
  return lines.map((line) => line.replace(`${START} `, '').replace(` millrace:${VERSION}`, ''))
}

const rowsOf = async (community = '7') => (await auditLog.search({ communityId: community, limit: 1_000 })).items

describe('formatAuditLine', () => {
  const line: AuditLine = {
    at: NOW,
    level: 'INFO',
    eventType: 'AUDIT',
    communityId: '123',
    user: '456',
    action: 'execute_workflow',
    result: 'SUCCESS',
  }

  it('is as specified', () => {
    expect(formatAuditLine(line)).toBe(
      `[2025-12-09T12:00:00Z] INFO millrace:${VERSION} AUDIT community=123 user=456 action=execute_workflow result=SUCCESS`,
    )
  })

  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['google-oauth2|1:2+3', 'google-oauth2%7C1:2+3'],
    ['x result=SUCCESS', 'x%20result%3DSUCCESS'],
    ['x\n[2025-12-09T12:00:00Z] INFO', 'x%0A%5B2025-12-09T12:00:00Z%5D%20INFO'],
    ['x\r\u2028\u0085\t\0', 'x%0D%E2%80%A8%C2%85%09%00'],
    ['%0A', '%250A'],
    ["a'(b)*!~", 'a%27%28b%29%2A%21%7E'],
    ['Zoë', 'Zo%C3%AB'],
    ['\u202eevil', '%E2%80%AEevil'],
    ['\ud800', '%EF%BF%BD'],
    ['-', '%2D'],
    ['', '-'],
    [null, '-'],
    ['x'.repeat(300), 'x'.repeat(256)],
  ])('no value forges a field or a line: %j', (user, shown) => {
    expect(formatAuditLine({ ...line, user }).split(' ')[5]).toBe(`user=${shown}`)
    expect(formatAuditLine({ ...line, communityId: user }).split(' ')).toHaveLength(8)
  })
})

describe('decisionsOf', () => {
  const outcome: Outcome = {
    method: 'POST',
    status: 200,
    code: null,
    isRateLimited: false,
    identity: ADMIN,
    access: { action: 'act', scope: 'execute' },
  }
  const summary = (over: Partial<Outcome>) =>
    decisionsOf({ ...outcome, ...over }).map(({ level, eventType, action, result, isKept }) =>
      [level, eventType, action, result, ...(isKept ? ['row'] : [])].join(' '),
    )
  const KNOWN = 'INFO AUTH authenticate SUCCESS'
  const ALLOWED = 'INFO AUTHZ act SUCCESS'

  it.each<[string, Partial<Outcome>, string[]]>([
    ['an action', {}, [KNOWN, ALLOWED, 'INFO AUDIT act SUCCESS']],
    ['reading', { method: 'GET' }, [KNOWN, ALLOWED]],
    ['looking whether it is there', { method: 'HEAD', access: { action: 'act', scope: 'admin' } }, [KNOWN, ALLOWED]],
    ['an administrative change', { access: { action: 'act', scope: 'admin' } }, [KNOWN, ALLOWED, 'INFO AUDIT act SUCCESS row']],
    [
      'one declared as such',
      { access: { action: 'act', scope: 'edit', audited: true } },
      [KNOWN, ALLOWED, 'INFO AUDIT act SUCCESS row'],
    ],
    ['reading as an administrator', { method: 'GET', access: { action: 'act', scope: 'admin' } }, [KNOWN, ALLOWED]],
    [
      'a change that failed',
      { status: 400, code: 'BAD_REQUEST', access: { action: 'act', scope: 'admin' } },
      [KNOWN, ALLOWED, 'WARNING AUDIT act FAILURE'],
    ],
    ['what is not there', { status: 404, code: 'NOT_FOUND' }, [KNOWN, ALLOWED, 'WARNING AUDIT act NOT_FOUND']],
    ['what took too long', { status: 504 }, [KNOWN, ALLOWED, 'ERROR AUDIT act TIMEOUT']],
    ['a bug', { status: 500 }, [KNOWN, ALLOWED, 'ERROR ERROR act FAILURE']],
    ['refused access', { status: 403, code: 'PERMISSION_DENIED' }, [KNOWN, 'WARNING AUTHZ act DENIED row']],
    [
      'too many requests',
      { status: 429, code: 'RATE_LIMITED', isRateLimited: true, access: undefined },
      [KNOWN, 'WARNING AUTHZ limit_rate DENIED'],
    ],
    [
      'no key',
      { status: 401, code: 'UNAUTHORIZED', identity: undefined, access: undefined },
      ['WARNING AUTH authenticate DENIED'],
    ],
    ['no route', { status: 404, code: 'NOT_FOUND', access: undefined }, [KNOWN]],
    ['a link', { identity: undefined, access: { action: 'act', open: 'link' } }, [ALLOWED, 'INFO AUDIT act SUCCESS']],
    ['what is open', { identity: undefined, access: { action: 'act', open: 'anyone' } }, []],
  ])('of %s', (_, over, expected) => expect(summary(over)).toEqual(expected))
})

describe('the log', () => {
  it('has a line for each decision', async () => {
    const { api } = await makeKey(app, { user: 'ada lovelace' })
    const who = 'community=7 user=ada%20lovelace'
    const id = (await api('POST', '/workflows', guarded)).body.data.workflow_id
    expect(await linesOf(() => api('POST', `/workflows/${id}/execute`))).toEqual([
      `INFO AUTH ${who} action=authenticate result=SUCCESS`,
      `INFO AUTHZ ${who} action=execute_workflow result=SUCCESS`,
      `INFO AUDIT ${who} action=execute_workflow result=SUCCESS`,
    ])
    expect(await linesOf(() => api('GET', '/admin/audit'))).toEqual([
      `INFO AUTH ${who} action=authenticate result=SUCCESS`,
      `WARNING AUTHZ ${who} action=search_audit_log result=DENIED`,
    ])
    expect(await linesOf(() => api('GET', '/workflows?community_id=8'))).toContain(
      `WARNING AUTHZ ${who} action=list_workflows result=DENIED`,
    )
    expect(await linesOf(() => api('POST', '/workflows/unknown/execute'))).toContain(
      `WARNING AUDIT ${who} action=execute_workflow result=NOT_FOUND`,
    )
  })

  it('says nothing of a caller who is not known, and writes no row', async () => {
    const before = await rowsOf()
    expect(await linesOf(async () => app.request('/api/v1/workflows', { headers: { 'X-API-Key': 'x result=SUCCESS' } }))).toEqual(
      ['WARNING AUTH community=- user=- action=authenticate result=DENIED'],
    )
    expect(await linesOf(async () => app.request('/health'))).toEqual([])
    expect(await rowsOf()).toEqual(before)
  })
})

describe('GET /admin/audit', () => {
  it('has refused access and administrative changes, and no key', async () => {
    const { api, id, text } = await makeKey(app, { user: 'mallory', community: '21' })
    await api('GET', '/workflows')
    await api('GET', '/admin/secrets', undefined, { 'X-Request-ID': 'r-1' })
    await api('POST', '/workflows/none/execute')
    const mine = await rowsOf('21')
    expect(mine).toEqual([
      {
        community_id: '21',
        at: NOW,
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        event_type: 'AUTHZ',
        user: 'mallory',
        key_id: id,
        action: 'list_secrets',
        result: 'DENIED',
        target: 'GET /api/v1/admin/secrets',
        request_id: 'r-1',
      },
    ])
    expect(JSON.stringify(mine)).not.toContain(text)
  })

  it('is of the caller’s community, whatever was asked for', async () => {
    const before = await rowsOf('23')
    const { api } = await makeKey(app, { community: '22' })
    await api('GET', '/workflows?community_id=23')
    expect(await rowsOf('22')).toMatchObject([{ action: 'list_workflows', result: 'DENIED' }])
    expect(await rowsOf('23')).toEqual(before)
  })

  it('has grants, as the deed of whoever gave them', async () => {
    const { api } = await makeKey(app, { user: 'olga', community: '24' })
    const id = (await api('POST', '/workflows', guarded)).body.data.workflow_id
    await api('PUT', `/workflows/${id}/permissions`, { grants: [] })
    expect(await rowsOf('24')).toMatchObject([
      {
        event_type: 'AUDIT',
        user: 'olga',
        action: 'set_workflow_permissions',
        target: `PUT /api/v1/workflows/${id}/permissions`,
      },
    ])
  })

  it('is searched by user, action, result and time, by cursor', async () => {
    const { api: admin } = await makeKey(app, { user: 'ann', scopes: ['admin'], community: '25' })
    const keys = [await makeKey(app, { user: 'one', community: '25' }), await makeKey(app, { user: 'two', community: '25' })]
    for (const [index, key] of [...keys, ...keys].entries()) {
      now = NOW + index * 1_000
      await key.api('GET', index < 2 ? '/admin/api-keys' : '/admin/secrets')
    }
    now = NOW + 10_000
    await admin('POST', '/admin/api-keys', { name: 'x', user: 'three', scopes: ['view'] })
    const search = async (query: string) => (await admin('GET', `/admin/audit?${query}`)).body
    const of = async (query: string) =>
      (await search(query)).data.map((entry: Record<string, string>) => `${entry.user} ${entry.action}`)
    const all = ['ann create_api_key', 'two list_secrets', 'one list_secrets', 'two list_api_keys', 'one list_api_keys']
    expect(await of('')).toEqual(all)
    expect(await of('user=one')).toEqual(['one list_secrets', 'one list_api_keys'])
    expect(await of('action=list_secrets')).toEqual(['two list_secrets', 'one list_secrets'])
    expect(await of('result=SUCCESS')).toEqual(['ann create_api_key'])
    const at = (ms: number) => new Date(NOW + ms).toISOString()
    expect(await of(`from=${at(1_000)}&to=${at(2_000)}`)).toEqual(['one list_secrets', 'two list_api_keys'])
    const pages: string[] = []
    for (let cursor = ''; ; ) {
      const { data, meta } = await search(`limit=1&user=one${cursor}`)
      pages.push(...data.map((entry: Record<string, string>) => entry.action))
      if (meta.next === null) break
      cursor = `&cursor=${meta.next}`
    }
    expect(pages).toEqual(['list_secrets', 'list_api_keys'])
    const first = await search('limit=3')
    expect((await search(`limit=3&cursor=${first.meta.next}`)).data).toHaveLength(2)
    expect((await admin('GET', '/admin/audit?cursor=x')).status).toBe(400)
    now = NOW
  })

  it('costs a start that succeeds no row', async () => {
    const writes = vi.fn()
    const counting = testApp({ auditLog: { ...auditLog, append: async (entry) => writes(entry) } })
    const { api } = await makeKey(counting)
    writes.mockClear()
    expect((await api('POST', '/executions', { workflow: sleeper() })).status).toBe(202)
    expect(writes).not.toHaveBeenCalled()
  })

  it('that cannot be written changes no answer, and is an error in the log', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken = testApp({ auditLog: { ...auditLog, append: () => Promise.reject(new Error('D1_ERROR')) } })
    const { api } = await makeKey(broken)
    logged.mockClear()
    expect((await api('GET', '/admin/audit')).status).toBe(403)
    expect(logged).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('audit log could not be written'))
    logged.mockRestore()
  })
})

describe('a signed link', () => {
  it('leaves lines without its token', async () => {
    const links = {
      ...guarded,
      nodes: [{ id: 'url', type: 'value', config: { value: '{{ event_url("go") }}' } }, ...guarded.nodes],
    }
    const started = await operator('POST', '/executions', { workflow: links })
    const view = await operator('GET', `/executions/${started.body.data.execution_id}`)
    const { pathname } = new URL(view.body.data.node_results.url)
    expect(await linesOf(async () => app.request(pathname, { method: 'POST' }))).toEqual([
      'INFO AUTHZ community=- user=link action=send_event_by_link result=SUCCESS',
      'INFO AUDIT community=- user=link action=send_event_by_link result=SUCCESS',
    ])
  })
})
