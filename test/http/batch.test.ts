// Many starts with one request: each goes as if it came alone, in order, and what they share is found once.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createWorkflowStore } from '../../src/history/workflow-store.ts'
import { BATCH_STARTS_AT_ONCE, MAX_BATCH_STARTS } from '../../src/http/limits.ts'
import { mapBounded } from '../../src/http/map-bounded.ts'
import { apiOf, sum, testApp } from '../support/api.ts'
import { executionOf } from '../support/execution.ts'

const app = testApp()
const api = apiOf(app)
const greeting = {
  nodes: [{ id: 'hello', type: 'end', config: { output: 'Hello {{user_name}}' } }],
  edges: [],
  variables: [{ name: 'user_name', required: true }],
}

afterEach(() => vi.restoreAllMocks())

interface Result {
  readonly status: number
  readonly execution_id: string
  readonly error_code: string
  readonly issues?: readonly { readonly code: string; readonly path: string }[]
}

const batch = async (body: object, headers = {}) => {
  const answer = await api('POST', '/executions/batch', body, headers)
  const results: readonly Result[] = answer.body.data ?? []
  return { ...answer, results, codes: results.map(({ status, error_code }) => error_code ?? status) }
}

const store = async (definition: object) => (await api('POST', '/workflows', definition)).body.data.workflow_id

describe('a batch', () => {
  it('starts what it can, and says of each how it went, in order', async () => {
    const workflow_id = await store(greeting)
    const { status, body, results, codes } = await batch({
      executions: [
        { workflow_id, inputs: { user_name: 'Ada' } },
        { workflow_id },
        { workflow_id: 'unknown' },
        { workflow: sum },
        { workflow: { nodes: [] } },
        7,
        { workflow: sum, async_execution: false },
        { workflow: sum, community_id: 'another' },
        { workflow_id, inputs: { user_name: 'Bob' }, priority: 'high' },
      ],
    })
    expect([status, body.meta]).toEqual([200, { started: 3, refused: 6 }])
    expect(codes).toEqual([
      202,
      'VALIDATION_FAILED',
      'WORKFLOW_NOT_FOUND',
      202,
      'VALIDATION_FAILED',
      'BAD_REQUEST',
      'BAD_REQUEST',
      'BAD_REQUEST',
      202,
    ])
    expect(body.data.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(results[1]?.issues).toEqual([expect.objectContaining({ code: 'REQUIRED', path: 'inputs.user_name' })])
    const outputs = [0, 3, 8].map(async (index) => {
      const view = (await api('GET', `/executions/${results[index]?.execution_id}`)).body.data
      return [view.final_output, view.priority, view.trigger_type]
    })
    expect(await Promise.all(outputs)).toEqual([
      ['Hello Ada', 'normal', 'POST /api/v1/executions/batch'],
      [15, 'normal', 'POST /api/v1/executions/batch'],
      ['Hello Bob', 'high', 'POST /api/v1/executions/batch'],
    ])
  })

  it('of a hundred looks their workflow up once, and has few under way at once', async () => {
    const workflow_id = await store(sum)
    const workflows = createWorkflowStore(env.DB)
    let [reads, underWay, most] = [0, 0, 0]
    const counted = testApp({
      workflows: {
        ...workflows,
        get: (...key) => {
          reads += 1
          return workflows.get(...key)
        },
      },
      execution: (id) =>
        ({
          start: async (request) => {
            most = Math.max(most, ++underWay)
            return executionOf(id)
              .start(request)
              .finally(() => underWay--)
          },
        }) as ReturnType<typeof executionOf>,
    })
    const executions = Array.from({ length: MAX_BATCH_STARTS }, (_, index) => ({ workflow_id, metadata: { index } }))
    const { body } = await apiOf(counted)('POST', '/executions/batch', { executions })
    expect([body.meta, reads, most]).toEqual([{ started: MAX_BATCH_STARTS, refused: 0 }, 1, BATCH_STARTS_AT_ONCE])
    const ids = new Set(body.data.map(({ execution_id }: Result) => execution_id))
    expect(ids.size).toBe(MAX_BATCH_STARTS)
    const seventh = await api('GET', `/executions/${body.data[7].execution_id}`)
    expect(seventh.body.data.metadata).toEqual({ index: 7 })
  })

  it('may name once what all of them run', async () => {
    const named = await batch({ workflow: greeting, executions: [{ inputs: { user_name: 'Ada' } }, {}, { workflow: sum }] })
    expect(named.codes).toEqual([202, 'VALIDATION_FAILED', 202])
    const invalid = await batch({ workflow: { nodes: 1 }, executions: [{}, { workflow: sum }] })
    expect(invalid.codes).toEqual(['VALIDATION_FAILED', 202])
    expect((await batch({ executions: [{}] })).codes).toEqual(['BAD_REQUEST'])
  })

  it('sent again starts nothing again: each has its own key', async () => {
    const executions = [
      { workflow: sum, idempotency_key: crypto.randomUUID() },
      { workflow: sum, idempotency_key: crypto.randomUUID() },
    ]
    const first = await batch({ executions })
    const again = await batch({ executions: [...executions, { ...executions[0], inputs: { a: 1 } }] })
    expect(first.codes).toEqual([202, 202])
    expect(again.codes).toEqual([200, 200, 'IDEMPOTENCY_CONFLICT'])
    expect(again.results.slice(0, 2).map((r) => r.execution_id)).toEqual(first.results.map((r) => r.execution_id))
    expect(first.results[0]?.execution_id).not.toBe(first.results[1]?.execution_id)
    const key = await batch({ executions }, { 'Idempotency-Key': 'one' })
    expect([key.status, key.body.error_code]).toEqual([400, 'BAD_REQUEST'])
  })

  it('takes what headers say for all of them', async () => {
    const headers = { 'X-Correlation-ID': 'import-7', 'X-Priority': 'low', 'X-Workflow-Trace': 'true' }
    const { results } = await batch({ workflow: sum, executions: [{}, { correlation_id: 'own' }] }, headers)
    const views = await Promise.all(results.map(async (r) => (await api('GET', `/executions/${r.execution_id}`)).body.data))
    expect(views.map((view) => [view.correlation_id, view.priority])).toEqual([
      ['import-7', 'low'],
      ['own', 'low'],
    ])
  })

  it('an object that fails costs only its own start', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    let starts = 0
    const shaky = testApp({
      execution: (id) =>
        ({
          start: async (request) => {
            starts += 1
            if (starts === 2) throw Object.assign(new Error('too many requests'), { overloaded: true })
            if (starts === 3) throw new TypeError('a bug')
            return executionOf(id).start(request)
          },
        }) as ReturnType<typeof executionOf>,
    })
    const { body } = await apiOf(shaky)('POST', '/executions/batch', { workflow: sum, executions: [{}, {}, {}, {}] })
    const codes = body.data.map(({ status, error_code }: Result) => error_code ?? status)
    expect([...codes].sort()).toEqual([202, 202, 'INTERNAL_ERROR', 'UNAVAILABLE'])
  })
})

describe('mapBounded', () => {
  it('keeps the order, and works on none twice', async () => {
    const seen: string[] = []
    const last = Promise.withResolvers<void>()
    const results = await mapBounded(['slow', 'a', 'b', 'c'], 2, async (item, index) => {
      seen.push(item)
      if (item === 'slow') await last.promise
      if (item === 'c') last.resolve()
      return `${item} ${index}`
    })
    expect(results).toEqual(['slow 0', 'a 1', 'b 2', 'c 3'])
    expect(seen).toEqual(['slow', 'a', 'b', 'c'])
    expect(await mapBounded([], 2, async () => 1)).toEqual([])
  })
})
