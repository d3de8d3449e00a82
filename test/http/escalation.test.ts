// Ways around a permission that each look like something allowed.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { ADMIN_USER } from '../../src/http/identity.ts'
import { MAX_METADATA_FILTERS } from '../../src/http/limits.ts'
import { type Api, apiOf, sum, testApp } from '../support/api.ts'
import { executionRecord } from '../support/execution-record.ts'
import { DENIED, makeKey, refusalOf } from '../support/keys.ts'

const app = testApp()
const operator = apiOf(app)

const [olga, eve, eda, admin] = await Promise.all([
  makeKey(app, { user: 'olga' }),
  makeKey(app, { user: 'eve', scopes: ['execute'] }),
  makeKey(app, { user: 'eda' }),
  makeKey(app, { user: 'ann', scopes: ['admin'] }),
])
const order = { name: 'ci', user: 'ada', scopes: ['view'], community_id: '7' }

describe('a replay with another config is an edit', () => {
  const caller = { nodes: [{ id: 'call', type: 'value', config: { value: 1 } }], edges: [] }
  const patch = { patch: { call: { config: { value: 2 } } } }
  const replay = (id: string, by: Api, body: object) => by('POST', `/executions/${id}/replay`, body)

  it('so that who may only execute a workflow runs nothing else with the rights of its owner', async () => {
    const { workflow_id: id } = (await olga.api('POST', '/workflows', caller)).body.data
    await olga.api('PUT', `/workflows/${id}/permissions`, {
      grants: [
        { user: 'eve', can_execute: true },
        { user: 'eda', can_execute: true, can_edit: true },
      ],
    })
    const started = await olga.api('POST', '/executions', { workflow_id: id, async_execution: false })
    const execution = started.body.data.execution_id
    expect(refusalOf(await replay(execution, eve.api, patch))).toEqual(DENIED)
    expect((await replay(execution, eve.api, { patch: { call: { output: 3 } } })).status).toBe(200)
    expect((await replay(execution, eve.api, { from: 'call' })).status).toBe(200)
    for (const by of [eda, olga, admin]) expect((await replay(execution, by.api, patch)).status).toBe(200)
    expect((await replay(execution, operator, { ...patch, community_id: '7' })).status).toBe(200)
  })

  it('but an inline definition is of whoever started it', async () => {
    const started = await eve.api('POST', '/executions', { workflow: caller, async_execution: false })
    const execution = started.body.data.execution_id
    expect((await replay(execution, eve.api, patch)).status).toBe(200)
  })
})

describe('an Idempotency-Key of somebody else', () => {
  it('shows nothing of what it started, not even after its retention', async () => {
    const headers = { 'Idempotency-Key': crypto.randomUUID() }
    const start = (by: Api) => by('POST', '/executions', { workflow: sum }, headers)
    const { execution_id } = (await olga.api('POST', '/executions', { workflow: sum }, headers)).body.data
    expect(refusalOf(await start(eve.api))).toEqual([409, 'IDEMPOTENCY_CONFLICT'])
    const past = { execution_id, community_id: '7', triggered_by: 'olga', expires_at: 90_000, epoch: 99 }
    await createExecutionHistory(env.DB).save([executionRecord(past)])
    expect(refusalOf(await start(eve.api))).toEqual([409, 'IDEMPOTENCY_CONFLICT'])
    expect((await start(olga.api)).body.data).toMatchObject({ execution_id, expired: true })
  })
})

describe("a tenant's admin", () => {
  it('has no key for the metrics of the deployment by rotating the one that the operator made', async () => {
    const made = (await operator('POST', '/admin/api-keys', { ...order, scopes: ['metrics'] })).body.data
    const rotate = (by: Api) => by('POST', `/admin/api-keys/${made.id}/rotate`, { community_id: '7' })
    expect(refusalOf(await rotate(admin.api))).toEqual(DENIED)
    expect((await operator('GET', '/admin/api-keys?community_id=7&per_page=100')).body.data).toContainEqual(
      expect.objectContaining({ id: made.id, rotated_at: null }),
    )
    expect((await rotate(operator)).status).toBe(200)
  })

  it("makes no key in the operator's name, under which the audit log would show its deeds", async () => {
    const named = { ...order, user: ADMIN_USER }
    expect(refusalOf(await admin.api('POST', '/admin/api-keys', named))).toEqual(DENIED)
    expect((await operator('POST', '/admin/api-keys', named)).status).toBe(201)
  })
})

describe('the community of a request', () => {
  const two = '?community_id=8'

  it('is named once: which of two was meant is unknown', async () => {
    for (const [path, body] of [
      ['/executions', { workflow: sum }],
      ['/executions/batch', { executions: [{ workflow: sum }] }],
      ['/executions/cancel', { all: true }],
      ['/workflows', sum],
      ['/admin/api-keys', order],
    ] as const)
      expect(refusalOf(await operator('POST', `${path}${two}`, { ...body, community_id: '7' }))).toEqual([400, 'BAD_REQUEST'])
    expect(refusalOf(await admin.api('POST', `/executions${two}`, { workflow: sum, community_id: '7' }))).toEqual(DENIED)
    expect((await operator('POST', `/executions${two}`, { workflow: sum, community_id: 8 })).status).toBe(202)
  })

  it('is that of every workflow of an import, whatever these say', async () => {
    const workflows = [
      { ...sum, community_id: '8' },
      { ...sum, community_id: '7', workflow_id: crypto.randomUUID() },
    ]
    const { body } = await operator('POST', '/workflows/import', { community_id: '7', workflows })
    expect(body.data).toMatchObject([{ outcome: 'refused', error_code: 'BAD_REQUEST' }, { outcome: 'created' }])
  })

  it('may stand in the query where executions are cancelled', async () => {
    expect(refusalOf(await admin.api('POST', `/executions/cancel${two}`, { all: true }))).toEqual(DENIED)
    expect((await operator('POST', `/executions/cancel${two}`, { all: true })).status).toBe(200)
  })
})

describe('a filter by metadata', () => {
  const asked = (count: number) => Array.from({ length: count }, (_, index) => `metadata.k${index}=1`).join('&')
  const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '1']))

  it('that is given twice is refused: what it meant is unknown, and none would show everything', async () => {
    const { status, body } = await olga.api('GET', '/executions?metadata.order=7&metadata.order=8')
    expect([status, body.details.issues[0].path]).toEqual([400, 'metadata.order'])
  })

  it('asks for a bounded number of members', async () => {
    const search = async (count: number) => (await olga.api('GET', `/executions?${asked(count)}`)).status
    const cancel = async (count: number) => (await olga.api('POST', '/executions/cancel', { metadata: members(count) })).status
    expect([await search(MAX_METADATA_FILTERS), await cancel(MAX_METADATA_FILTERS)]).toEqual([200, 200])
    expect([await search(MAX_METADATA_FILTERS + 1), await cancel(MAX_METADATA_FILTERS + 1)]).toEqual([400, 400])
  })
})

describe('a search for an error', () => {
  it.each([
    '%00',
    'a%00b',
    '%22',
    'a"b',
    'a*',
    'NEAR(a,b)',
    'community:c',
    'x)%20OR%20(community:c',
    '%E2%80%A8x',
    '%F0%9F%98%80a',
  ])('takes %s for words', async (text) =>
    expect([200, 400]).toContain((await olga.api('GET', `/executions?error=${text}`)).status),
  )
})
