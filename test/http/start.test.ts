import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { createWorkflowStore } from '../../src/history/workflow-store.ts'
import { FRESH_DEFINITION_MS } from '../../src/http/limits.ts'
import { type Answer, apiOf, sleeper, sum, testApp } from '../support/api.ts'
import { executionRecord } from '../support/execution-record.ts'

const api = apiOf(testApp())
const greeting = {
  name: 'greeting',
  nodes: [{ id: 'hello', type: 'end', config: { output: 'Hello {{user_name}}' } }],
  edges: [],
  variables: { user_name: 'nobody' },
}
const store = async (definition: object, community = 'default') =>
  (await api('POST', `/workflows?community_id=${community}`, definition)).body.data.workflow_id
const key = () => ({ 'Idempotency-Key': crypto.randomUUID() })

describe('a start answers', () => {
  it('202 with the beginning, and an immediate look-up finds it', async () => {
    const workflowId = await store(sleeper())
    const start = await api('POST', `/workflows/${workflowId}/execute`, {})
    expect(start.status).toBe(202)
    const id = start.body.data.execution_id
    expect(start.body).toEqual({
      success: true,
      message: 'Workflow execution started',
      data: {
        execution_id: expect.stringMatching(/^[0-9a-f]{16}$/),
        workflow_id: workflowId,
        workflow_version: 1,
        config_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        status: 'waiting',
        start_time: expect.any(String),
        execution_path: [],
      },
    })
    expect(start.headers.get('X-Execution-ID')).toBe(id)
    const found = await api('GET', `/executions/${id}`)
    expect(found.status).toBe(200)
    expect(found.headers.get('X-Execution-ID')).toBe(id)
    expect(found.body.data).toMatchObject({
      trigger_type: `POST /api/v1/workflows/${workflowId}/execute`,
      triggered_by: 'admin',
      priority: 'normal',
      end_time: null,
    })
  })

  it('200 with the result where it is waited for', async () => {
    const start = await api('POST', '/executions', { workflow: sum, async_execution: false })
    expect(start.status).toBe(200)
    expect(start.body.data).toMatchObject({
      workflow_id: 'sum',
      workflow_version: null,
      status: 'completed',
      node_results: { 1: 10, 2: 5, 3: 15 },
      final_output: 15,
    })
  })

  it('200 also where the workflow itself failed', async () => {
    const failing = { nodes: [{ id: 'f', type: 'fail', config: { code: 'NO', message: 'no' } }], edges: [] }
    const start = await api('POST', '/executions', { workflow: failing, async_execution: false })
    expect(start.status).toBe(200)
    expect(start.body.data).toMatchObject({ status: 'failed', error_message: 'no', error_node_id: 'f' })
  })

  it('200 at the end of a longer wait, over the stream', async () => {
    const start = await api('POST', '/executions', { workflow: sleeper(0.5) }, { Prefer: 'wait=10' })
    expect(start.status).toBe(200)
    expect(start.body.data.status).toBe('completed')
  })

  it('202 where it takes longer than the wait', async () => {
    const start = await api('POST', '/executions', { workflow: sleeper() }, { Prefer: 'wait=1' })
    expect(start.status).toBe(202)
    expect(start.body.data).toMatchObject({ status: 'waiting', execution_path: [] })
  })

  it('at once where it is asked to', async () => {
    const start = await api('POST', '/executions', { workflow: sum, async_execution: true }, { Prefer: 'wait=10' })
    expect(start.status).toBe(202)
  })

  it('under every prefix alike, with the path as it was asked for', async () => {
    const workflowId = await store(greeting)
    const paths = [`//workflows/${workflowId}/execute`, `//api/workflows/${workflowId}/execute/`, '//api/executions']
    for (const path of paths) {
      const start = await api('POST', `${path}?x=1`, {
        ...(path.endsWith('s') && { workflow_id: workflowId }),
        async_execution: false,
      })
      expect(start.body.data).toMatchObject({ final_output: 'Hello nobody', trigger_type: `POST ${path.slice(1)}` })
    }
  })
})

describe('inputs', () => {
  it.each(['variables', 'inputs', 'input_data', 'trigger_data'])('come as %s', async (name) => {
    const start = await api('POST', '/executions', { workflow: greeting, async_execution: false, [name]: { user_name: 'Ada' } })
    expect(start.body.data.final_output).toBe('Hello Ada')
  })

  it('under two names must be the same', async () => {
    const same = await api('POST', '/executions', { workflow: sum, inputs: { a: 1, b: 2 }, variables: { b: 2, a: 1 } })
    expect(same.status).toBe(202)
    const other = await api('POST', '/executions', { workflow: sum, inputs: { a: 1 }, variables: { a: 2 } })
    expect(other.status).toBe(400)
    expect(other.body.details.issues[0].path).toBe('inputs')
  })

  it('must have what the definition requires', async () => {
    const needy = {
      ...greeting,
      variables: [
        { name: 'user_name', required: true },
        { name: 'age', required: true },
      ],
    }
    const start = await api('POST', '/executions', { workflow: needy, inputs: { age: 3 } })
    expect(start.status).toBe(400)
    expect(start.body.error_code).toBe('VALIDATION_FAILED')
    expect(start.body.details.issues).toEqual([expect.objectContaining({ code: 'REQUIRED', path: 'inputs.user_name' })])
  })

  it('must fit the schema', async () => {
    const strict = { ...greeting, input_schema: { type: 'object', properties: { age: { type: 'number' } } } }
    const start = await api('POST', '/executions', { workflow: strict, inputs: { age: 'old' } })
    expect(start.status).toBe(400)
    expect(start.body.details.issues[0].path).toBe('inputs.age')
  })

  it('may have 1 MiB as JSON', async () => {
    const text = 'x'.repeat(1024 * 1024 - '{"a":""}'.length)
    expect((await api('POST', '/executions', { workflow: sum, inputs: { a: text } })).status).toBe(202)
    const start = await api('POST', '/executions', { workflow: sum, inputs: { a: `${text}x` } })
    expect(start.status).toBe(400)
    expect(start.body.details.issues).toEqual([expect.objectContaining({ code: 'TOO_LARGE', path: 'inputs' })])
  })

  it('metadata may have 16 KiB', async () => {
    const text = 'x'.repeat(16 * 1024 - '{"a":""}'.length)
    expect((await api('POST', '/executions', { workflow: sum, metadata: { a: text } })).status).toBe(202)
    const start = await api('POST', '/executions', { workflow: sum, metadata: { a: `${text}x` } })
    expect(start.body.details.issues).toEqual([expect.objectContaining({ code: 'TOO_LARGE', path: 'metadata' })])
  })

  it('called as what expressions know of the execution do not take its place', async () => {
    const curious = {
      nodes: [{ id: 'who', type: 'end', config: { output: ['{{ execution.id }}', '{{ variables["execution"] }}'] } }],
      edges: [],
    }
    const forged = { workflow: curious, variables: { execution: { id: 'forged' } }, async_execution: false }
    const { execution_id, final_output } = (await api('POST', '/executions', forged)).body.data
    expect(final_output).toEqual([execution_id, { id: 'forged' }])
  })

  it('never override who and what the execution is', async () => {
    const forged = { execution_id: 'x', workflow_id: 'x', community_id: 'x', triggered_by: 'x', session_id: 'x' }
    const start = await api('POST', '/executions', { workflow: sum, inputs: forged, triggered_by: 'x', async_execution: false })
    expect(start.body.data).toMatchObject({ workflow_id: 'sum', triggered_by: 'admin' })
    expect(start.body.data.execution_id).not.toBe('x')
  })
})

describe('identity', () => {
  const view = async (body: object, headers: Record<string, string> = {}) =>
    (await api('POST', '/executions', { workflow: sum, async_execution: false, ...body }, headers)).body.data

  it('priority: body, then header, then settings', async () => {
    const settled = { ...sum, settings: { priority: 'low' } }
    expect((await view({ workflow: settled })).priority).toBe('low')
    expect((await view({ workflow: settled }, { 'X-Priority': 'high' })).priority).toBe('high')
    expect((await view({ workflow: settled }, { 'X-Priority': 'whatever' })).priority).toBe('normal')
    expect((await view({ workflow: settled, priority: 'normal' }, { 'X-Priority': 'high' })).priority).toBe('normal')
  })

  it("the trace is the caller's or a new one", async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    expect((await view({}, { traceparent: `00-${trace}-b7ad6b7169203331-01` })).trace_id).toBe(trace)
    expect((await view({})).trace_id).toMatch(/^[0-9a-f]{32}$/)
  })

  it('metadata is kept', async () => {
    expect((await view({ metadata: { session_id: 's', a: [1] } })).metadata).toEqual({ session_id: 's', a: [1] })
  })

  it('correlation: body, then X-Correlation-ID, then the X-Request-ID that the caller gave; it is shown and found', async () => {
    const [own, header, request] = ['own', 'header', 'request'].map((name) => `${name}-${crypto.randomUUID()}`)
    const headers = { 'X-Correlation-ID': `${header}`, 'X-Request-ID': `${request}` }
    expect((await view({ correlation_id: own }, headers)).correlation_id).toBe(own)
    expect((await view({}, headers)).correlation_id).toBe(header)
    const { execution_id, correlation_id } = await view({}, { 'X-Request-ID': `${request}` })
    expect(correlation_id).toBe(request)
    expect((await view({})).correlation_id).toBeNull()
    const search = async () => (await api('GET', `/executions?correlation_id=${request}`)).body.data
    await vi.waitFor(async () => expect(await search()).toMatchObject([{ execution_id, correlation_id: request }]), 8_000)
  })

  it('session and parent are what the caller says', async () => {
    const given = await view({ session_id: 's1', parent_execution_id: 'p1', metadata: { session_id: 's2' } })
    expect(given).toMatchObject({ session_id: 's1', parent_execution_id: 'p1' })
    expect(await view({ metadata: { session_id: 's2' } })).toMatchObject({ session_id: 's2', parent_execution_id: null })
    expect((await view({ metadata: { session_id: 7 } })).session_id).toBeNull()
  })

  it('X-Workflow-Trace captures inputs and outputs', async () => {
    const traced = await view({}, { 'X-Workflow-Trace': 'true' })
    const events = (await api('GET', `/executions/${traced.execution_id}/events`)).body.data
    expect(events.find((event: { node_id?: string }) => event.node_id === '3').data.output).toBe(15)
  })
})

describe('versions', () => {
  it('the latest runs unless another is asked for; what runs stays at its own', async () => {
    const workflowId = await store(greeting)
    const second = { ...greeting, nodes: [{ id: 'hello', type: 'end', config: { output: 'Hi {{user_name}}' } }] }
    expect((await api('PUT', `/workflows/${workflowId}`, second)).body.data.version).toBe(2)
    const run = async (body: object) =>
      (await api('POST', `/workflows/${workflowId}/execute`, { ...body, async_execution: false })).body.data
    expect(await run({})).toMatchObject({ final_output: 'Hi nobody', workflow_version: 2 })
    expect(await run({ version: 1 })).toMatchObject({ final_output: 'Hello nobody', workflow_version: 1 })
    const missing = await api('POST', `/workflows/${workflowId}/execute`, { version: 3 })
    expect([missing.status, missing.body.error_code]).toEqual([404, 'WORKFLOW_NOT_FOUND'])
  })

  it('an inline workflow_id is a label: the stored one does not run', async () => {
    const workflowId = await store(greeting)
    const start = await api('POST', '/executions', { workflow: { ...sum, workflow_id: workflowId }, async_execution: false })
    expect(start.body.data).toMatchObject({ workflow_id: workflowId, workflow_version: null, final_output: 15 })
  })
})

describe('communities', () => {
  it('share nothing, and numbers are text', async () => {
    const workflowId = await store(greeting, '7')
    expect((await api('POST', `/workflows/${workflowId}/execute`, {})).status).toBe(404)
    const start = await api('POST', `/workflows/${workflowId}/execute`, { community_id: 7 })
    expect(start.status).toBe(202)
    const id = start.body.data.execution_id
    expect((await api('GET', `/executions/${id}`)).status).toBe(404)
    expect((await api('POST', `/executions/${id}/cancel`)).status).toBe(404)
    expect((await api('GET', `/executions/${id}/events`)).status).toBe(404)
    expect((await api('GET', `/executions/${id}?community_id=7`)).status).toBe(200)
  })
})

describe('Idempotency-Key', () => {
  it('the same request gives the same execution', async () => {
    const headers = key()
    const body = { workflow: greeting, inputs: { user_name: 'Ada' } }
    const first = await api('POST', '/executions', body, headers)
    expect([first.status, first.headers.get('Idempotent-Replay')]).toEqual([202, null])
    const again = await api('POST', '/executions', body, headers)
    expect([again.status, again.headers.get('Idempotent-Replay')]).toEqual([200, 'true'])
    expect(again.body.data.execution_id).toBe(first.body.data.execution_id)
    expect(again.body.data).not.toHaveProperty('node_states')
    const waited = await api('POST', '/executions', body, { ...headers, Prefer: 'wait=5' })
    expect([waited.headers.get('Idempotent-Replay'), waited.body.data.final_output]).toEqual(['true', 'Hello Ada'])
  })

  it('also where it failed, or still runs', async () => {
    for (const workflow of [
      sleeper(),
      { nodes: [{ id: 'f', type: 'fail', config: { code: 'NO', message: 'no' } }], edges: [] },
    ]) {
      const headers = key()
      const first = await api('POST', '/executions', { workflow }, headers)
      const again = await api('POST', '/executions', { workflow }, headers)
      expect([again.status, again.body.data.execution_id]).toEqual([200, first.body.data.execution_id])
    }
  })

  it('may stand in the body; two that differ are refused', async () => {
    const idempotency_key = crypto.randomUUID()
    const first = await api('POST', '/executions', { workflow: greeting, idempotency_key })
    const same = await api('POST', '/executions', { workflow: greeting }, { 'Idempotency-Key': idempotency_key })
    expect([first.status, same.status, same.body.data.execution_id]).toEqual([202, 200, first.body.data.execution_id])
    const both = { workflow: greeting, idempotency_key }
    expect((await api('POST', '/executions', both, { 'Idempotency-Key': idempotency_key })).status).toBe(200)
    const other = await api('POST', '/executions', both, key())
    expect([other.status, other.body.details.issues[0].path]).toEqual([400, 'idempotency_key'])
    const longest = { workflow: greeting, idempotency_key: 'k'.repeat(255) }
    expect((await api('POST', '/executions', longest)).status).toBe(202)
  })

  it('with another body is a conflict', async () => {
    const headers = key()
    await api('POST', '/executions', { workflow: greeting, inputs: { a: 1 } }, headers)
    const other = await api('POST', '/executions', { workflow: greeting, inputs: { a: 2 } }, headers)
    expect([other.status, other.body.error_code]).toEqual([409, 'IDEMPOTENCY_CONFLICT'])
  })

  it('a new latest version between two equal requests is no conflict; another version asked for is', async () => {
    const workflowId = await store(greeting)
    const headers = key()
    const path = `/workflows/${workflowId}/execute`
    const first = await api('POST', path, {}, headers)
    await api('PUT', `/workflows/${workflowId}`, { ...greeting, description: 'new' })
    expect((await api('POST', path, {}, headers)).body.data.execution_id).toBe(first.body.data.execution_id)
    expect((await api('POST', path, { version: 1 }, headers)).status).toBe(409)
  })

  it('a refused start keeps nothing', async () => {
    const headers = key()
    const bad = await api('POST', '/executions', { workflow: { nodes: [] } }, headers)
    expect(bad.status).toBe(400)
    expect((await api('POST', '/executions', { workflow: sum }, headers)).status).toBe(202)
  })

  it('two at once start one execution', async () => {
    const headers = key()
    const both = await Promise.all([1, 2].map(() => api('POST', '/executions', { workflow: sum }, headers)))
    expect(both.map(({ status }) => status).sort()).toEqual([200, 202])
    expect(new Set(both.map(({ body }) => body.data.execution_id)).size).toBe(1)
  })

  it('an id that another execution holds is passed over', async () => {
    const first = await api('POST', '/executions', { workflow: sum })
    const drawn = [first.body.data.execution_id, '00000000000000b2']
    const unlucky = apiOf(testApp({ randomId: () => drawn.shift() ?? '1234567890abcdef' }))
    const start = await unlucky(
      'POST',
      '/executions',
      { workflow: sum },
      {
        'X-Request-ID': 'r',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    )
    expect(start.body.data.execution_id).toBe('00000000000000b2')
  })

  it('after retention the answer comes from history, and the id is not used again', async () => {
    const headers = key()
    const body = { workflow: greeting }
    const first = await api('POST', '/executions', body, headers)
    const id = first.body.data.execution_id
    const past = { execution_id: id, triggered_by: 'admin', expires_at: 90_000, epoch: 99 }
    await createExecutionHistory(env.DB).save([executionRecord(past)])
    const again = await api('POST', '/executions', body, headers)
    expect([again.status, again.headers.get('Idempotent-Replay')]).toEqual([200, 'true'])
    expect(again.body.data).toMatchObject({ execution_id: id, expired: true, status: 'completed' })
  })

  it('needs ID_SECRET', async () => {
    const bare = apiOf(testApp({ settings: { MILLRACE_ADMIN_KEY: 'test-admin-key' } }))
    const refused = await bare('POST', '/executions', { workflow: sum }, key())
    expect([refused.status, refused.body.error_code]).toEqual([503, 'UNAVAILABLE'])
    expect(refused.body.message).toContain('ID_SECRET')
    expect((await bare('POST', '/executions', { workflow: sum })).status).toBe(202)
  })
})

describe('the database on the way of a start', () => {
  const failing = () => Promise.reject(new Error('D1_ERROR: down'))

  /** An API whose database can be taken away, and whose clock can be moved on. */
  function shakyApi() {
    const workflows = createWorkflowStore(env.DB)
    const world = { isDown: false, later: 0, reads: 0 }
    const get: typeof workflows.get = (...key) => {
      world.reads += 1
      return world.isDown ? failing() : workflows.get(...key)
    }
    return { world, shaky: apiOf(testApp({ workflows: { ...workflows, get }, clock: () => Date.now() + world.later })) }
  }
  const versionStarted = (answer: Answer) => answer.body.data.workflow_version

  it('is read once for the starts of a moment; a version stored elsewhere counts after it, one stored here at once', async () => {
    const { world, shaky } = shakyApi()
    const id = await store(greeting)
    for (let n = 0; n < 3; n += 1) await shaky('POST', `/workflows/${id}/execute`, {})
    expect(world.reads).toBe(1)
    await api('PUT', `/workflows/${id}`, { ...greeting, description: 'stored by another isolate' })
    world.later += FRESH_DEFINITION_MS
    expect(versionStarted(await shaky('POST', `/workflows/${id}/execute`, {}))).toBe(2)
    await shaky('PUT', `/workflows/${id}`, { ...greeting, description: 'stored here' })
    expect(versionStarted(await shaky('POST', `/workflows/${id}/execute`, {}))).toBe(3)
  })

  it('while it is down, what was found before goes on starting, what was not is a 503', async () => {
    const { world, shaky } = shakyApi()
    const [known, unknown] = [await store(greeting), await store({ ...greeting, description: 'another' })]
    const startKnown = async () => {
      world.later += FRESH_DEFINITION_MS
      return (await shaky('POST', `/workflows/${known}/execute`, {})).status
    }
    expect(await startKnown()).toBe(202)
    world.isDown = true
    expect(await startKnown()).toBe(202)
    expect((await shaky('POST', '/executions', { workflow: sum })).status).toBe(202)
    for (const path of [`/workflows/${unknown}/execute`, `/workflows/${known}/execute?community_id=7`]) {
      const refused = await shaky('POST', path, {})
      expect([refused.status, refused.body.error_code]).toEqual([503, 'UNAVAILABLE'])
    }
    expect((await shaky('GET', `/workflows/${known}`)).status).toBe(503)
    world.isDown = false
    await api('DELETE', `/workflows/${known}`)
    expect(await startKnown()).toBe(404)
    world.isDown = true
    expect(await startKnown()).toBe(503)
  })
})
