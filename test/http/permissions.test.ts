import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { FRESH_ACCESS_MS, MAX_GRANTS } from '../../src/http/limits.ts'
import { type Api, apiOf, sum, testApp } from '../support/api.ts'
import { openRecord } from '../support/execution-record.ts'
import { DENIED, guarded, makeKey, refusalOf } from '../support/keys.ts'

let now = Date.now()
const clock = () => now
const app = testApp({ clock })
const operator = apiOf(app)
const history = createExecutionHistory(env.DB)

const [olga, vic, eve, sam, admin, namesake] = await Promise.all([
  makeKey(app, { user: 'olga' }),
  makeKey(app, { user: 'vic' }),
  makeKey(app, { user: 'eve' }),
  makeKey(app, { user: 'sam' }),
  makeKey(app, { user: 'ann', scopes: ['admin'] }),
  makeKey(app, { user: 'olga', community: '8' }),
])

const NO_WORKFLOW = [404, 'WORKFLOW_NOT_FOUND']
const pathOf = (id: string) => `/workflows/${id}`
const share = (id: string, grants: readonly object[], by: Api = olga.api) => by('PUT', `/workflows/${id}/permissions`, { grants })

async function store(definition: object = guarded, by: Api = olga.api): Promise<string> {
  const { status, body } = await by('POST', '/workflows', definition)
  expect(status).toBe(201)
  return body.data.workflow_id
}

describe('permissions of a workflow', () => {
  it('are read as they were set', async () => {
    const id = await store()
    const grants = [
      { key: eve.id, can_view: false, can_execute: true, can_edit: false },
      { user: 'vic: the second', can_view: true, can_execute: false, can_edit: false },
    ]
    const set = await share(id, grants)
    expect(set.body.data).toEqual({ workflow_id: id, owner: 'olga', grants })
    expect((await olga.api('GET', `/workflows/${id}/permissions`)).body.data).toEqual(set.body.data)
    expect((await share(id, [])).body.data.grants).toEqual([])
    expect((await eve.api('POST', `/workflows/${id}/execute`)).status).toBe(403)
  })

  it.each<[string, unknown]>([
    ['of nobody', { grants: [{ can_view: true }] }],
    ['of two at once', { grants: [{ user: 'vic', key: 'x', can_view: true }] }],
    ['misspelt', { grants: [{ user: 'vic', can_veiw: true }] }],
    ['twice for one', { grants: [{ user: 'vic' }, { user: 'vic', can_view: true }] }],
    ['for a key that there is not', { grants: [{ key: 'unknown', can_view: true }] }],
    ['for a key of another community', { grants: [{ key: namesake.id, can_view: true }] }],
    ['too many', { grants: Array.from({ length: MAX_GRANTS + 1 }, (_, index) => ({ user: `u${index}` })) }],
    ['without grants', {}],
  ])('are not set %s', async (_, body) => {
    const id = await store()
    expect(refusalOf(await olga.api('PUT', `/workflows/${id}/permissions`, body))).toEqual([400, 'BAD_REQUEST'])
  })

  it('may be as many as allowed', async () => {
    const grants = Array.from({ length: MAX_GRANTS }, (_, index) => ({ user: `u${index}`, can_view: true }))
    expect((await share(await store(), grants)).body.data.grants).toHaveLength(MAX_GRANTS)
  })

  it('taken back count at once here, elsewhere within seconds', async () => {
    const there = apiOf(testApp({ clock }), { 'X-API-Key': vic.text })
    const id = await store()
    await share(id, [{ user: 'vic', can_view: true }])
    expect([(await vic.api('GET', pathOf(id))).status, (await there('GET', pathOf(id))).status]).toEqual([200, 200])
    await share(id, [])
    expect(refusalOf(await vic.api('GET', pathOf(id)))).toEqual(DENIED)
    now += FRESH_ACCESS_MS - 1
    expect((await there('GET', pathOf(id))).status).toBe(200)
    now += 1
    expect(refusalOf(await there('GET', pathOf(id)))).toEqual(DENIED)
  })

  it('outlive the key of the owner', async () => {
    const first = await makeKey(app, { user: 'otto' })
    const id = await store(guarded, first.api)
    await operator('DELETE', `/admin/api-keys/${first.id}?community_id=7`)
    expect((await (await makeKey(app, { user: 'otto' })).api('GET', pathOf(id))).status).toBe(200)
    expect((await share(id, [{ user: 'vic', can_view: true }], admin.api)).status).toBe(200)
    expect((await vic.api('GET', pathOf(id))).status).toBe(200)
  })

  it('end with the workflow, whose id is nobody else’s then', async () => {
    const id = await store()
    await share(id, [{ user: 'sam', can_view: true, can_edit: true }])
    const { execution_id: execution } = (await olga.api('POST', `/workflows/${id}/execute`)).body.data
    expect((await sam.api('GET', `/executions/${execution}`)).status).toBe(200)
    await olga.api('DELETE', pathOf(id))
    const again = { ...guarded, workflow_id: id }
    expect(refusalOf(await sam.api('POST', '/workflows', again))).toEqual([409, 'CONFLICT'])
    expect(refusalOf(await sam.api('GET', `/executions/${execution}`))).toEqual(DENIED)
    expect((await olga.api('GET', `/executions/${execution}`)).status).toBe(200)
    expect((await olga.api('POST', '/workflows', again)).status).toBe(201)
    expect(refusalOf(await sam.api('GET', pathOf(id)))).toEqual(DENIED)
  })
})

describe('what a body names', () => {
  it('is executed by those who may', async () => {
    const id = await store({ ...guarded, workflow_id: 'named' })
    await share(id, [{ user: 'eve', can_execute: true }])
    const order = { workflow_id: id }
    expect((await eve.api('POST', '/executions', order)).status).toBe(202)
    expect(refusalOf(await vic.api('POST', '/executions', order))).toEqual(DENIED)
    expect(refusalOf(await namesake.api('POST', '/executions', order))).toEqual(NO_WORKFLOW)
    const batch = (await vic.api('POST', '/executions/batch', { executions: [order, { workflow: guarded }] })).body.data
    expect(batch).toMatchObject([{ status: 403, error_code: 'PERMISSION_DENIED' }, { status: 202 }])
  })

  it('is a label that only those may use who may execute the workflow of that name', async () => {
    const label = { ...guarded, workflow_id: 'labelled' }
    expect((await sam.api('POST', '/executions', { workflow: label })).status).toBe(202)
    await store(label)
    expect(refusalOf(await sam.api('POST', '/executions', { workflow: label }))).toEqual(DENIED)
    expect((await olga.api('POST', '/executions', { workflow: label })).status).toBe(202)
    expect((await namesake.api('POST', '/executions', { workflow: label })).status).toBe(202)
  })

  it('is another community for no key but the operator’s', async () => {
    for (const body of [
      { workflow: guarded, community_id: 8 },
      { workflow: guarded, community_id: '8' },
    ])
      expect(refusalOf(await admin.api('POST', '/executions', body))).toEqual(DENIED)
    expect((await operator('POST', '/executions', { workflow: guarded, community_id: 8 })).status).toBe(202)
  })
})

describe('an execution of an inline definition', () => {
  it('is of whoever started it, with whichever key', async () => {
    const { execution_id: id } = (await sam.api('POST', '/executions', { workflow: guarded })).body.data
    const other = await makeKey(app, { user: 'sam', scopes: ['view'] })
    expect((await other.api('GET', `/executions/${id}`)).status).toBe(200)
    expect((await admin.api('GET', `/executions/${id}`)).status).toBe(200)
    expect(refusalOf(await olga.api('GET', `/executions/${id}`))).toEqual(DENIED)
    expect(refusalOf(await olga.api('POST', `/executions/${id}/cancel`))).toEqual(DENIED)
  })

  it('starts no workflow that its user may not execute', async () => {
    const id = await store({ ...sum, workflow_id: 'secret-sum' })
    const calling = { nodes: [{ id: 'call', type: 'workflow', config: { workflow_id: id } }], edges: [] }
    const run = async (by: Api) => (await by('POST', '/executions', { workflow: calling, async_execution: false })).body.data
    expect(await run(sam.api)).toMatchObject({ status: 'failed', node_states: { call: { error_type: 'CONFIG_INVALID' } } })
    expect(await run(olga.api)).toMatchObject({ status: 'completed', final_output: 15 })
    expect(await run(admin.api)).toMatchObject({ status: 'completed', final_output: 15 })
    const tested = await sam.api('POST', '/workflows/test', { workflow: calling })
    expect(tested.body.data).toMatchObject({ status: 'failed' })
  })

  it('a stored workflow starts for its callers what its owner may execute', async () => {
    const id = await store({ ...sum, workflow_id: 'inner-sum' })
    const calling = { nodes: [{ id: 'call', type: 'workflow', config: { workflow_id: id } }], edges: [] }
    const outer = await store(calling)
    await share(outer, [{ user: 'eve', can_execute: true }])
    const ran = await eve.api('POST', `/workflows/${outer}/execute`, { async_execution: false })
    expect(ran.body.data).toMatchObject({ status: 'completed', final_output: 15 })
    expect(refusalOf(await eve.api('POST', `/workflows/${id}/execute`))).toEqual(DENIED)
  })
})

describe('lists show and touch only', () => {
  const idsOf = (
    answer: { body: { data: readonly { workflow_id?: string; execution_id?: string }[] } },
    key: 'workflow_id' | 'execution_id',
  ) => answer.body.data.map((item) => item[key]).toSorted()

  it('workflows that may be viewed', async () => {
    const fresh = await makeKey(app, { user: 'lists' })
    const [own, shared, editable] = [await store(guarded, fresh.api), await store(), await store()]
    await share(shared, [{ key: fresh.id, can_view: true }])
    await share(editable, [{ user: 'lists', can_edit: true }])
    const listed = await fresh.api('GET', '/workflows')
    expect(idsOf(listed, 'workflow_id')).toEqual([own, shared].toSorted())
    expect(listed.body.meta.pagination.total).toBe(2)
    expect((await fresh.api('GET', '/workflows/export')).body.data.workflows).toHaveLength(2)
    const all = (await admin.api('GET', '/workflows?per_page=100')).body.data.map(
      (item: { workflow_id: string }) => item.workflow_id,
    )
    expect(all).toEqual(expect.arrayContaining([own, shared, editable]))
  })

  it('executions that may be viewed, and cancel those that may be executed', async () => {
    const fresh = await makeKey(app, { user: 'finder' })
    const [viewable, executable] = [await store(), await store()]
    await share(viewable, [{ user: 'finder', can_view: true }])
    await share(executable, [{ key: fresh.id, can_execute: true }])
    const start = async (by: Api, body: object) => (await by('POST', '/executions', body)).body.data.execution_id as string
    const ids = {
      viewable: await start(olga.api, { workflow_id: viewable }),
      executable: await start(olga.api, { workflow_id: executable }),
      own: await start(fresh.api, { workflow: guarded }),
      label: await start(olga.api, { workflow: { ...guarded, workflow_id: viewable } }),
      other: await start(olga.api, { workflow: guarded }),
    }
    const mark = { community_id: '7', correlation_id: 'lists', started_at: now, status: 'waiting' as const }
    const stored = { workflow_version: 1, triggered_by: 'olga' }
    const inline = { workflow_version: null, workflow_id: null }
    await history.save([
      openRecord({ ...mark, ...stored, execution_id: ids.viewable, workflow_id: viewable }),
      openRecord({ ...mark, ...stored, execution_id: ids.executable, workflow_id: executable }),
      openRecord({ ...mark, ...inline, execution_id: ids.own, triggered_by: 'finder' }),
      openRecord({ ...mark, ...inline, execution_id: ids.label, workflow_id: viewable, triggered_by: 'olga' }),
      openRecord({ ...mark, ...inline, execution_id: ids.other, triggered_by: 'olga' }),
    ])
    const search = '/executions?correlation_id=lists'
    expect(idsOf(await fresh.api('GET', search), 'execution_id')).toEqual([ids.viewable, ids.own].toSorted())
    expect(idsOf(await admin.api('GET', search), 'execution_id')).toEqual(Object.values(ids).toSorted())
    expect(idsOf(await namesake.api('GET', search), 'execution_id')).toEqual([])
    expect(idsOf(await fresh.api('GET', `/workflows/${viewable}/executions`), 'execution_id')).toEqual([ids.viewable])
    expect(idsOf(await olga.api('GET', `/workflows/${viewable}/executions`), 'execution_id')).toEqual(
      [ids.viewable, ids.label].toSorted(),
    )
    expect(refusalOf(await fresh.api('GET', `/workflows/${executable}/executions`))).toEqual(DENIED)
    const cancelled = await fresh.api('POST', '/executions/cancel', { correlation_id: 'lists' })
    expect(cancelled.body.data.cancelled.toSorted()).toEqual([ids.executable, ids.own].toSorted())
  })
})
