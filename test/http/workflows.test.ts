import { describe, expect, it } from 'vitest'
import { apiOf, sum, testApp } from '../support/api.ts'

const api = apiOf(testApp())
const greeting = {
  name: 'greeting',
  description: 'says hello',
  nodes: [{ id: 'hello', type: 'end', config: { output: 'Hello' }, position: { x: 1, y: 2 } }],
  edges: [],
}
const create = async (definition: object = greeting) => (await api('POST', '/workflows', definition)).body.data.workflow_id
const statusAndCode = ({ status, body }: { status: number; body: { error_code: string } }) => [status, body.error_code]

describe('POST /workflows', () => {
  it('stores version 1 under an id of its own', async () => {
    const answer = await api('POST', '/workflows', greeting)
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      success: true,
      message: 'Workflow created',
      data: {
        ...greeting,
        workflow_id: expect.stringMatching(/^[0-9a-f]{16}$/),
        version: 1,
        config_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        created_at: expect.stringMatching(/Z$/),
        created_by: 'admin',
      },
      meta: { warnings: [] },
    })
  })

  it('stores the canonical form under the id of the client', async () => {
    const answer = await api('POST', '/workflows', { ...sum, workflow_id: 'canonical' })
    expect(answer.body.data.nodes[2]).toMatchObject({ id: '3', type: 'operation', config: { op: 'add' } })
    expect(answer.body.data.edges[0]).toMatchObject({ from: '1', to: '3' })
    expect((await api('GET', '/workflows/canonical')).body.data).toEqual(answer.body.data)
  })

  it('refuses an id that exists in the community; another community has its own', async () => {
    const taken = { ...greeting, workflow_id: 'taken' }
    await api('POST', '/workflows', taken)
    expect(statusAndCode(await api('POST', '/workflows', taken))).toEqual([409, 'CONFLICT'])
    expect((await api('POST', '/workflows', { ...taken, community_id: 7 })).status).toBe(201)
    expect((await api('GET', '/workflows/taken?community_id=7')).body.data.community_id).toBeUndefined()
  })

  it.each(['executions', 'validate', 'versions', 'test', 'export', 'import', 'a b', 'x'.repeat(65)])(
    'refuses the id %s',
    async (id) => {
      const answer = await api('POST', '/workflows', { ...greeting, workflow_id: id })
      expect(statusAndCode(answer)).toEqual([400, 'VALIDATION_FAILED'])
      expect(answer.body.details.issues).toEqual([expect.objectContaining({ path: 'workflow_id' })])
    },
  )

  it('warns', async () => {
    const odd = { ...greeting, nodes: [...greeting.nodes, { id: 'hi', type: 'end', config: {} }], variables: { inputs: 1 } }
    const answer = await api('POST', '/workflows', odd)
    expect(answer.status).toBe(201)
    expect(answer.body.meta.warnings).toEqual(expect.arrayContaining([expect.objectContaining({ severity: 'warning' })]))
  })
})

describe('PUT /workflows/:id', () => {
  it('makes a new version; the same definition makes none', async () => {
    const id = await create()
    const second = await api('PUT', `/workflows/${id}`, { ...greeting, name: 'second' })
    expect([second.status, second.body.data.version, second.body.data.name]).toEqual([200, 2, 'second'])
    expect((await api('PUT', `/workflows/${id}`, { ...greeting, name: 'second' })).body.data.version).toBe(2)
    expect((await api('GET', `/workflows/${id}?version=1`)).body.data).toMatchObject({ name: 'greeting', version: 1 })
  })

  it('takes back what GET gave', async () => {
    const id = await create()
    const { body } = await api('GET', `/workflows/${id}`)
    const again = await api('PUT', `/workflows/${id}`, body.data)
    expect(again.body.data).toEqual(body.data)
  })

  it('refuses the body of another workflow, and an unknown one', async () => {
    const id = await create()
    expect(statusAndCode(await api('PUT', `/workflows/${id}`, { ...greeting, workflow_id: 'other' }))).toEqual([
      400,
      'BAD_REQUEST',
    ])
    expect(statusAndCode(await api('PUT', '/workflows/unknown', greeting))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
  })
})

describe('a workflow that starts itself', () => {
  const itself = (id: string) => ({ nodes: [{ id: 'again', type: 'workflow', config: { workflow_id: id } }], edges: [] })
  const cycle = { code: 'CYCLE', path: 'nodes[0].config.workflow_id', node_id: 'again' }

  it('is stored under no id, its own or that of the path', async () => {
    const created = await api('POST', '/workflows', { ...itself('ouroboros'), workflow_id: 'ouroboros' })
    expect(statusAndCode(created)).toEqual([400, 'VALIDATION_FAILED'])
    const id = await create()
    const updated = await api('PUT', `/workflows/${id}`, itself(id))
    expect(statusAndCode(updated)).toEqual([400, 'VALIDATION_FAILED'])
    expect(updated.body.details.issues).toEqual([expect.objectContaining(cycle)])
  })

  it('is found by validate', async () => {
    const { body } = await api('POST', '/workflows/validate', { ...itself('x'), workflow_id: 'x' })
    expect(body.data).toMatchObject({ valid: false, issues: [cycle] })
  })
})

describe('PUT /workflows/:id/retry', () => {
  it('sets the default policy as a new version', async () => {
    const id = await create({ ...greeting, settings: { priority: 'low' } })
    const answer = await api('PUT', `/workflows/${id}/retry`, { strategy: 'fixed', max_attempts: 5 })
    expect(answer.status).toBe(200)
    expect(answer.body.data).toMatchObject({
      version: 2,
      settings: { priority: 'low', retry: { strategy: 'fixed', max_attempts: 5 } },
    })
  })

  it('refuses a policy that is none', async () => {
    const id = await create()
    const answer = await api('PUT', `/workflows/${id}/retry`, { strategy: 'often', max_attempts: 101 })
    expect(statusAndCode(answer)).toEqual([400, 'VALIDATION_FAILED'])
    expect((await api('GET', `/workflows/${id}`)).body.data.version).toBe(1)
    expect(statusAndCode(await api('PUT', '/workflows/unknown/retry', {}))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
  })
})

describe('GET and DELETE', () => {
  it('an unknown workflow or version is a 404 with its name', async () => {
    const id = await create()
    const unknown = await api('GET', '/workflows/no%20such')
    expect(statusAndCode(unknown)).toEqual([404, 'WORKFLOW_NOT_FOUND'])
    expect(unknown.body.message).toBe('Workflow not found: no such')
    const later = await api('GET', `/workflows/${id}?version=2`)
    expect(statusAndCode(later)).toEqual([404, 'WORKFLOW_NOT_FOUND'])
    expect(later.body.message).toBe(`Workflow not found: ${id}, version 2`)
    const started = await api('POST', `/workflows/${id}/execute`, { version: 2 })
    expect(started.body.message).toBe(`Workflow not found: ${id}, version 2`)
    expect(statusAndCode(await api('GET', `/workflows/${id}?version=zero`))).toEqual([400, 'BAD_REQUEST'])
  })

  it('a deleted one is gone, its executions stay', async () => {
    const id = await create()
    const start = await api('POST', `/workflows/${id}/execute`, { async_execution: false })
    expect((await api('DELETE', `/workflows/${id}`)).body).toEqual({
      success: true,
      message: 'Workflow deleted',
      data: { workflow_id: id },
    })
    expect((await api('GET', `/workflows/${id}`)).status).toBe(404)
    expect((await api('DELETE', `/workflows/${id}`)).status).toBe(404)
    expect((await api('POST', `/workflows/${id}/execute`, {})).status).toBe(404)
    expect((await api('GET', `/executions/${start.body.data.execution_id}`)).status).toBe(200)
  })

  it('lists are paged', async () => {
    for (const id of ['c', 'a', 'b']) await api('POST', '/workflows?community_id=lists', { ...greeting, workflow_id: id })
    const page = await api('GET', '/workflows?community_id=lists&per_page=2')
    expect(page.body.data.map((item: { workflow_id: string }) => item.workflow_id)).toEqual(['a', 'b'])
    expect(page.body.meta.pagination).toEqual({ page: 1, per_page: 2, total: 3, total_pages: 2, has_next: true, has_prev: false })
    const last = await api('GET', '/workflows?community_id=lists&per_page=2&page=2')
    expect(last.body.meta.pagination).toMatchObject({ has_next: false, has_prev: true })
  })

  it('versions are listed, newest first', async () => {
    const id = await create()
    await api('PUT', `/workflows/${id}`, { ...greeting, name: 'second' })
    const { body } = await api('GET', `/workflows/${id}/versions`)
    expect(body.data.map((item: { version: number }) => item.version)).toEqual([2, 1])
    expect((await api('GET', '/workflows/unknown/versions')).status).toBe(404)
  })
})

describe('POST /workflows/validate', () => {
  it('finds nothing in a good one, and stores nothing', async () => {
    const { status, body } = await api('POST', '/workflows/validate', { ...greeting, workflow_id: 'only-validated' })
    expect([status, body.data]).toEqual([200, { valid: true, config_hash: expect.any(String), issues: [] }])
    expect((await api('GET', '/workflows/only-validated')).status).toBe(404)
  })

  it('finds everything in a bad one', async () => {
    const bad = {
      nodes: [
        { id: 'a', type: 'value', config: { value: 1 } },
        { id: 'a', type: 'nonsense' },
      ],
      edges: [{ from: 'a', to: 'z' }],
    }
    const { status, body } = await api('POST', '/workflows/validate', bad)
    expect([status, body.data.valid, body.data.config_hash]).toEqual([200, false, null])
    const codes = body.data.issues.map((issue: { code: string }) => issue.code)
    expect(codes).toEqual(expect.arrayContaining(['DUPLICATE_ID', 'UNKNOWN_TYPE', 'DANGLING_EDGE']))
  })
})

describe('GET /node-types', () => {
  it('shows each with its schema, ports and an example', async () => {
    const { body } = await api('GET', '/node-types')
    const condition = body.data.find((item: { type: string }) => item.type === 'condition')
    expect(condition).toMatchObject({ kind: 'inline', aliases: ['if'], ports: ['true', 'false'], expressions: ['condition'] })
    expect(condition.config_schema.properties.condition).toBeDefined()
    const taking = body.data.filter((item: { takes_secrets: boolean }) => item.takes_secrets)
    expect(taking.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(['http-request', 'webhook', 'ai-processor']),
    )
    expect(condition.takes_secrets).toBe(false)
    expect(body.meta.not_supported).toEqual([])
  })
})
