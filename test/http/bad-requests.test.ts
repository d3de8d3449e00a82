import { listDurableObjectIds } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, expect, it } from 'vitest'
import { apiOf, sum, testApp } from '../support/api.ts'

const app = testApp()
const api = apiOf(app)
const value = (id: string, config: object = { value: 1 }) => ({ id, type: 'value', config })
const many = (count: number) => ({ nodes: Array.from({ length: count }, (_, index) => value(`n${index}`)), edges: [] })

const BAD_DEFINITIONS: [name: string, definition: unknown, code: string][] = [
  ['no object', 'text', 'INVALID_TYPE'],
  ['a list', [], 'INVALID_TYPE'],
  ['null', null, 'INVALID_TYPE'],
  ['no nodes', { nodes: [], edges: [] }, 'NO_NODES'],
  ['nodes of the wrong type', { nodes: 'many' }, 'INVALID_TYPE'],
  ['a duplicate id', { nodes: [value('a'), value('a')] }, 'DUPLICATE_ID'],
  ['a bad id', { nodes: [value('a b')] }, 'BAD_ID'],
  ['an unknown type', { nodes: [{ id: 'a', type: 'nonsense' }] }, 'UNKNOWN_TYPE'],
  ['a bad config', { nodes: [{ id: 'a', type: 'delay', config: { delay_seconds: 'long' } }] }, 'BAD_CONFIG'],
  ['a dangling edge', { nodes: [value('a')], edges: [{ from: 'a', to: 'z' }] }, 'DANGLING_EDGE'],
  ['a self-loop', { nodes: [value('a')], edges: [{ from: 'a', to: 'a' }] }, 'SELF_LOOP'],
  [
    'a cycle',
    {
      nodes: [value('a'), value('b')],
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'a' },
      ],
    },
    'CYCLE',
  ],
  ['a bad expression', { nodes: [{ id: 'a', type: 'condition', config: { condition: 'age >' } }] }, 'BAD_EXPRESSION'],
  ['an unknown setting of a later version', { ...sum, settings: { budget_usd: 1 } }, 'NOT_SUPPORTED'],
  ['2,001 nodes', many(2_001), 'TOO_LARGE'],
]

describe('a bad definition', () => {
  it.each(BAD_DEFINITIONS)('inline: %s', async (_, workflow, code) => {
    const answer = await api('POST', '/executions', { workflow })
    expect(answer.status).toBe(400)
    expect(answer.body.error_code).toBe(code === 'NOT_SUPPORTED' ? code : 'VALIDATION_FAILED')
    expect(answer.body.details.issues).toEqual(expect.arrayContaining([expect.objectContaining({ code })]))
    expect(answer.body.details.issues.every((issue: { path: string }) => issue.path.startsWith('workflow'))).toBe(true)
  })

  it.each(BAD_DEFINITIONS.slice(3))('to be stored: %s', async (_, workflow, code) => {
    const answer = await api('POST', '/workflows', workflow)
    expect(answer.status).toBe(400)
    expect(answer.body.details.issues).toEqual(expect.arrayContaining([expect.objectContaining({ code })]))
  })

  it('names every problem at once', async () => {
    const workflow = { nodes: [value('a'), { id: 'a', type: 'nonsense' }], edges: [{ from: 'a', to: 'zz' }] }
    const { body } = await api('POST', '/executions', { workflow })
    expect(body.details.issues.length).toBeGreaterThanOrEqual(3)
    expect(body.message).toContain('3 problems')
  })
})

it('2,000 nodes are allowed', async () => {
  expect((await api('POST', '/workflows/validate', many(2_000))).body.data.valid).toBe(true)
})

describe('a bad request', () => {
  it.each<[name: string, method: string, path: string, body: unknown, issuePath: string]>([
    ['malformed JSON', 'POST', '/executions', '{"workflow":', ''],
    ['malformed JSON to store', 'POST', '/workflows', '{', ''],
    ['a list as body', 'POST', '/executions', [], ''],
    ['text as body', 'POST', '/workflows', '"x"', ''],
    ['an empty body', 'POST', '/executions', '', 'workflow_id'],
    ['no body', 'POST', '/executions', undefined, 'workflow_id'],
    ['neither workflow nor id', 'POST', '/executions', {}, 'workflow_id'],
    ['both workflow and id', 'POST', '/executions', { workflow: sum, workflow_id: 'x' }, 'workflow_id'],
    ['a version of an inline workflow', 'POST', '/executions', { workflow: sum, version: 1 }, 'version'],
    ['inputs of the wrong type', 'POST', '/executions', { workflow: sum, inputs: [1] }, 'inputs'],
    ['variables of the wrong type', 'POST', '/workflows/x/execute', { variables: 'x' }, 'variables'],
    ['metadata of the wrong type', 'POST', '/executions', { workflow: sum, metadata: 1 }, 'metadata'],
    ['an unknown priority', 'POST', '/executions', { workflow: sum, priority: 'urgent' }, 'priority'],
    ['a version of the wrong type', 'POST', '/workflows/x/execute', { version: '1' }, 'version'],
    ['a version in hexadecimal', 'GET', '/workflows/x?version=0x1', undefined, 'version'],
    ['version 0', 'POST', '/workflows/x/execute', { version: 0 }, 'version'],
    ['async_execution of the wrong type', 'POST', '/executions', { workflow: sum, async_execution: 'no' }, 'async_execution'],
    ['a fractional community', 'POST', '/executions', { workflow: sum, community_id: 1.5 }, 'community_id'],
    ['an empty community', 'POST', '/executions', { workflow: sum, community_id: '' }, 'community_id'],
    ['a community of 65 characters', 'GET', `/executions?community_id=${'x'.repeat(65)}`, undefined, 'community_id'],
    ['a community of two lines', 'GET', '/executions?community_id=a%0Ab', undefined, 'community_id'],
    ['a community that is no text', 'POST', '/executions', `{"workflow":{},"community_id":"\\ud800"}`, 'community_id'],
    ['a policy of the wrong type', 'PUT', '/workflows/x/retry', [], ''],
    ['a key of no characters', 'POST', '/executions', { workflow: sum, idempotency_key: '' }, 'idempotency_key'],
    ['a key of 256 characters', 'POST', '/executions', { workflow: sum, idempotency_key: 'k'.repeat(256) }, 'idempotency_key'],
    ['a parent with spaces', 'POST', '/executions', { workflow: sum, parent_execution_id: 'a b' }, 'parent_execution_id'],
    [
      'a correlation of 129 characters',
      'POST',
      '/executions',
      { workflow: sum, correlation_id: 'c'.repeat(129) },
      'correlation_id',
    ],
    ['a callback to no address', 'POST', '/executions', { workflow: sum, callback_url: 'nowhere' }, 'callback_url'],
    ['a callback into the network', 'POST', '/executions', { workflow: sum, callback_url: 'http://10.0.0.1/' }, 'callback_url'],
    ['a callback of the wrong type', 'POST', '/executions', { workflow: sum, callback_url: 1 }, 'callback_url'],
    ['a batch of nothing', 'POST', '/executions/batch', { executions: [] }, 'executions'],
    ['a batch of 101', 'POST', '/executions/batch', { executions: Array(101).fill({}) }, 'executions'],
    ['a batch that is no list', 'POST', '/executions/batch', { executions: {} }, 'executions'],
    ['a reason of the wrong type', 'POST', '/executions/x/cancel', { reason: 1 }, 'reason'],
  ])('%s', async (_, method, path, body, issuePath) => {
    const answer = await api(method, path, body)
    expect([answer.status, answer.body.error_code]).toEqual([400, 'BAD_REQUEST'])
    expect(answer.body.details.issues.map((issue: { path: string }) => issue.path)).toEqual([issuePath])
  })

  it('a stored workflow that is unknown', async () => {
    for (const [path, body] of [
      ['/executions', { workflow_id: 'x' }],
      ['/workflows/x/execute', undefined],
    ] as const) {
      const answer = await api('POST', path, body)
      expect([answer.status, answer.body.error_code, answer.body.message]).toEqual([
        404,
        'WORKFLOW_NOT_FOUND',
        'Workflow not found: x',
      ])
    }
  })

  it('JSON is read whatever the content type says', async () => {
    const answer = await api('POST', '/executions', { workflow: sum, priority: 'urgent' }, { 'Content-Type': 'text/plain' })
    expect(answer.body.details.issues[0].path).toBe('priority')
  })
})

describe('JSON nested too deep', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

  it.each([
    ['inputs', '/executions', (json: string) => `{"workflow":{},"inputs":${json}}`],
    ['metadata', '/executions', (json: string) => `{"workflow":{},"metadata":${json}}`],
    ['a policy', '/workflows/x/retry', (json: string) => json],
    ['an inline workflow', '/executions', (json: string) => `{"workflow":${json}}`],
    ['a workflow', '/workflows', (json: string) => json],
    ['a workflow to look at', '/workflows/validate', (json: string) => json],
  ])('%s', async (_, path, body) => {
    const answer = await api(path.endsWith('retry') ? 'PUT' : 'POST', path, body(nested(100_000)))
    expect(answer.status).toBe(path.endsWith('validate') ? 200 : 400)
    expect(JSON.stringify(answer.body)).toContain('nested deeper than 100 levels')
  })

  it('inputs may have 100 levels', async () => {
    const issues = async (depth: number) => (await api('POST', '/executions', `{"inputs":${nested(depth)}}`)).body.details.issues
    expect(await issues(100)).toEqual([expect.objectContaining({ path: 'workflow_id' })])
    expect(await issues(101)).toEqual([expect.objectContaining({ path: 'inputs' })])
  })

  it('numbers beyond a double are no JSON', async () => {
    expect((await api('POST', '/executions', '{"inputs":{"a":1e999}}')).body.details.issues[0].path).toBe('inputs')
  })
})

describe('a body', () => {
  const MIB = 1024 * 1024
  /** A refusal of another kind shows that the body was read. */
  const padded = (bytes: number) =>
    `{"priority":"x","reason":1,"pad":"${'x'.repeat(bytes - '{"priority":"x","reason":1,"pad":""}'.length)}"}`

  it.each([
    ['/executions', 4 * MIB],
    ['/workflows/x/execute', MIB],
    ['/executions/x/cancel', MIB],
  ])('of %s may have %i bytes, and not one more', async (path, limit) => {
    const atLimit = await api('POST', path, padded(limit))
    expect(atLimit.status).toBe(400)
    const above = await api('POST', path, padded(limit + 1))
    expect([above.status, above.body.error_code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })

  it('of a workflow may have 4 MiB', async () => {
    expect((await api('POST', '/workflows', padded(4 * MIB))).status).toBe(400)
    expect((await api('POST', '/workflows', padded(4 * MIB + 1))).status).toBe(413)
    expect((await api('PUT', '/workflows/x', padded(4 * MIB + 1))).status).toBe(413)
  })

  it('is counted while it is read, also without a length', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += MIB
        controller.enqueue(new Uint8Array(MIB))
      },
    })
    const answer = await app.request('/api/v1/workflows/x/execute', {
      method: 'POST',
      body: endless,
      headers: { 'X-API-Key': 'test-admin-key' },
    })
    expect(answer.status).toBe(413)
    expect(pulled).toBeLessThan(8 * MIB)
  })
})

afterAll(async () => {
  // Nothing of all this left a trace.
  expect(await listDurableObjectIds(env.EXECUTION)).toEqual([])
  const { results } = await env.DB.prepare(
    'SELECT workflow_id FROM workflows UNION ALL SELECT execution_id FROM executions',
  ).all()
  expect(results).toEqual([])
})
