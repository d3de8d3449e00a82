// Dry runs as a client sees them: their answer, their refusals, and that nothing is touched by one.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { Execution } from '../../src/execution/execution.ts'
import { dryRunSchema } from '../../src/http/dry-run/dry-run-schema.ts'
import { MAX_MOCKS } from '../../src/http/limits.ts'
import { apiOf, sum, testApp } from '../support/api.ts'
import { makeKey, type TestKey } from '../support/keys.ts'
import { Meter } from '../support/meter.ts'
import { graph } from '../support/run.ts'
import { call, delay, starts } from '../support/scenario.ts'
import { storeWorkflow } from '../support/stored.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const api = apiOf(testApp())
const test = (workflow: JsonObject, more: object = {}) => api('POST', '/workflows/test', { workflow, ...more })

const order = graph(
  [
    { id: 'start', type: 'start', config: {} },
    call('fetch'),
    delay('sleep', 3_600),
    { id: 'say', type: 'value', config: { value: '{{ inputs.name }}: {{ outputs.fetch.body.total }}' } },
  ],
  ['start>fetch', 'fetch>sleep', 'sleep>say'],
)

describe('the answer', () => {
  it('of a stored workflow has all that the reference says', async () => {
    await storeWorkflow('dry-order', order)
    const mocks = { fetch: { status: 200, headers: {}, body: { total: 12 } } }
    const { status, headers, body } = await api('POST', '/workflows/dry-order/test', { variables: { name: 'Ada' }, mocks })
    expect(status).toBe(200)
    expect(body.message).toBe('Workflow test completed')
    expect(dryRunSchema.parse(body.data)).toEqual(body.data)
    expect(body.data).toMatchObject({
      workflow_id: 'dry-order',
      workflow_version: 1,
      test_mode: true,
      status: 'completed',
      execution_time_seconds: 3_600,
      execution_path: ['start', 'fetch', 'sleep', 'say'],
      final_variables: { name: 'Ada' },
      final_output: 'Ada: 12',
      unused_mocks: [],
      summary: { nodes_executed: 4, nodes_failed: 0, nodes_simulated: 1, total_duration: 3_600, passed: true },
    })
    expect(body.data.trace[1]).toMatchObject({
      node_id: 'fetch',
      status: 'completed',
      simulated: true,
      duration_seconds: 0,
      input: { start: { name: 'Ada' } },
      output: { out: mocks.fetch },
      logs: ['Step started: fetch', expect.stringContaining('fetch')],
      error: null,
      error_type: null,
    })
    const id = headers.get('X-Execution-ID') ?? ''
    expect(id).toMatch(/^00000000[0-9a-f]{8}$/)
    expect((await api('GET', `/executions/${id}`)).status).toBe(404)
  })

  it('of a workflow that fails is one, too', async () => {
    const { status, body } = await test(order, { variables: { name: 'Ada' } })
    expect(status).toBe(200)
    expect(dryRunSchema.parse(body.data)).toEqual(body.data)
    expect(body.data).toMatchObject({ status: 'failed', error_node_id: 'say', summary: { passed: false, nodes_failed: 1 } })
    expect(body.data.error_message).toContain('give node fetch a pin or a mock')
    expect(body.data.trace).toHaveLength(4)
  })

  it('takes React Flow, other names of inputs, and versions', async () => {
    const { data } = (await test(sum)).body
    expect(data).toMatchObject({ final_output: 15, workflow_id: 'sum', workflow_version: null })
    await storeWorkflow('dry-versions', graph([{ id: 'v', type: 'value', config: { value: 1 } }], []))
    await storeWorkflow('dry-versions', graph([{ id: 'v', type: 'value', config: { value: '{{ inputs.a }}' } }], []))
    const ran = async (body: object) => (await api('POST', '/workflows/dry-versions/test', body)).body.data.final_output
    expect(await ran({ version: 1 })).toBe(1)
    expect(await ran({ input_data: { a: 2 } })).toBe(2)
    expect(await ran({ inputs: { a: 3 } })).toBe(3)
  })

  it('runs code, and stored workflows by what is stored', async () => {
    await storeWorkflow('dry-child', graph([{ id: 'sum', type: 'code', config: { source: 'return inputs.a + 1' } }], []))
    const { data } = (await test(graph([starts('call', { workflow_id: 'dry-child', inputs: { a: 1 } })], []))).body
    expect(data).toMatchObject({ status: 'completed', final_output: 2, trace: [{ child: { workflow_id: 'dry-child' } }] })
  })

  it('is the same by the other prefix', async () => {
    await storeWorkflow('dry-prefix', order)
    expect((await api('POST', '//workflows/dry-prefix/test', { mocks: { fetch: { body: { total: 1 } } } })).status).toBe(200)
  })
})

describe('refusals', () => {
  const refused = async (path: string, body: object) => {
    const answer = await api('POST', path, body)
    const [issue] = answer.body.details.issues ?? []
    return [answer.status, answer.body.error_code, issue?.path]
  }

  it('are those of a start', async () => {
    expect(await refused('/workflows/none/test', {})).toEqual([404, 'WORKFLOW_NOT_FOUND', undefined])
    expect(await refused('/workflows/test', {})).toEqual([400, 'BAD_REQUEST', 'workflow'])
    expect(await refused('/workflows/test', { workflow: sum, version: 1 })).toEqual([400, 'BAD_REQUEST', 'version'])
    expect(await refused('/workflows/test', { workflow: { nodes: [], edges: [] } })).toEqual([
      400,
      'VALIDATION_FAILED',
      'workflow.nodes',
    ])
    const needing = { ...sum, variables: [{ name: 'who', required: true }] }
    expect(await refused('/workflows/test', { workflow: needing })).toEqual([400, 'VALIDATION_FAILED', 'inputs.who'])
    expect(await refused('/workflows/test', { workflow: sum, variables: 'text' })).toEqual([400, 'BAD_REQUEST', 'variables'])
  })

  it('name mocks that fit no node, or say nothing', async () => {
    const [status, code, path] = await refused('/workflows/test', { workflow: order, mocks: { fetsh: 1 } })
    expect([status, code, path]).toEqual([400, 'VALIDATION_FAILED', 'mocks.fetsh'])
    const without = await refused('/workflows/test', { workflow: order, mock_errors: { fetch: {} } })
    expect(without).toEqual([400, 'BAD_REQUEST', 'mock_errors.fetch.code'])
    const many = Object.fromEntries(Array.from({ length: MAX_MOCKS + 1 }, (_, index) => [`n${index}`, 1]))
    expect(await refused('/workflows/test', { workflow: order, mocks: many })).toEqual([400, 'BAD_REQUEST', 'mocks'])
    delete many.n0
    expect(await refused('/workflows/test', { workflow: order, mocks: many })).toEqual([400, 'VALIDATION_FAILED', 'mocks.n1'])
  })

  it('end what takes too long', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z')
    const clock = () => {
      now += 20_000
      return now
    }
    const body = {
      items: 'inputs.list',
      body: { nodes: [{ id: 'a', type: 'code', config: { source: 'return 1' } }], edges: [] },
    }
    const slow = graph([{ id: 'each', type: 'for-each', config: body }], [])
    const answer = await apiOf(testApp({ clock }))('POST', '/workflows/test', { workflow: slow, inputs: { list: [1, 2, 3] } })
    expect([answer.status, answer.body.error_code]).toEqual([504, 'EXECUTION_TIMEOUT'])
  })
})

describe('who may execute and not view', () => {
  it('sees what a dry run does, and not what the workflow and its children are made of', async () => {
    const app = testApp()
    const [owner, executor] = await Promise.all([makeKey(app, { user: 'dora' }), makeKey(app, { user: 'eric' })])
    const inner = graph([{ id: 'inner', type: 'value', config: { value: 1 } }], [])
    const outer = graph([call('fetch'), starts('call', { workflow_id: 'dry-inner' })], ['fetch>call'])
    for (const [workflow_id, definition] of Object.entries({ 'dry-inner': inner, 'dry-outer': outer })) {
      await owner.api('POST', '/workflows', { workflow_id, ...definition })
      await owner.api('PUT', `/workflows/${workflow_id}/permissions`, { grants: [{ user: 'eric', can_execute: true }] })
    }
    const traceFor = async (key: TestKey) => (await key.api('POST', '/workflows/dry-outer/test', {})).body.data.trace
    const [fetched, called] = await traceFor(executor)
    expect(fetched).not.toHaveProperty('config')
    expect(called).toMatchObject({ output: { out: 1 }, child: { trace: [], trace_hidden: true } })
    const [fetchedByOwner, calledByOwner] = await traceFor(owner)
    expect(fetchedByOwner).toHaveProperty('config.url')
    expect(calledByOwner.child.trace).toHaveLength(1)
  })
})

it('touches nothing', async () => {
  const meter = new Meter()
  await storeWorkflow('dry-alone', graph([{ id: 'inner', type: 'http-request', config: { url: 'https://example.com/' } }], []))
  const everything = graph(
    [
      call('fetch', { retry: { strategy: 'fixed', max_attempts: 2, initial_delay_ms: 1_000 } }),
      { id: 'hook', type: 'webhook', config: { url: 'https://example.com/', secret: 'whsec_0123456789' } },
      { id: 'ai', type: 'ai-processor', config: { prompt: 'Hi' } },
      { id: 'big', type: 'code', config: { source: 'return "x".repeat(2_000_000)' } },
      starts('child', { workflow_id: 'dry-alone' }),
      { id: 'bad', type: 'fail', config: { code: 'BAD', message: 'no' }, on_error: 'fail' },
    ],
    ['fetch>hook', 'hook>ai', 'ai>big', 'big>child', 'child>bad'],
    { settings: { error_workflow: 'dry-alone' } },
  )
  const fetched = vi.spyOn(globalThis, 'fetch')
  const bindings = [vi.spyOn(env.PAYLOADS, 'put'), vi.spyOn(env.CACHE, 'put'), vi.spyOn(env.CACHE, 'get')]
  const queues = [vi.spyOn(env.HISTORY_QUEUE, 'send'), vi.spyOn(env.TASKS_QUEUE, 'send')]
  const statements = vi.spyOn(env.DB, 'prepare')
  const { body } = await test(everything)
  expect(body.data).toMatchObject({ status: 'failed', error_node_id: 'bad', summary: { nodes_executed: 7, nodes_failed: 1 } })
  expect(meter.requests()).toEqual({})
  expect(Execution.prototype.start).not.toHaveBeenCalled()
  for (const spy of [fetched, ...bindings, ...queues]) expect(spy).not.toHaveBeenCalled()
  const writes = statements.mock.calls.filter(([sql]) => !/^\s*select/i.test(sql))
  expect(writes).toEqual([])
})
