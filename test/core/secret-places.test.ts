// Where secrets may be named: the findings of validation.
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { planReplay } from '../../src/core/plan-replay.ts'
import { SECRET_NAME } from '../../src/core/secret-name.ts'
import { checkDefinition } from '../../src/core/validate-definition.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { success, TestRun } from '../support/run.ts'

const call = (config: JsonObject, more: JsonObject = {}) => ({
  id: 'call',
  type: 'http',
  config: { url: 'https://x', ...config },
  ...more,
})
const check = (nodes: readonly JsonObject[], edges: readonly JsonObject[] = []) =>
  checkDefinition({ nodes, edges }, nodeTypes).issues.filter(({ severity }) => severity === 'error')

describe('secrets may stand', () => {
  it.each<[string, JsonObject]>([
    ['in a URL', { url: 'https://x/?key={{ secrets.key }}' }],
    ['in a list of a body, deep', { method: 'POST', body: { a: [{ b: 'x {{ secrets["my-key"] }}' }] } }],
    ['beside other names', { auth: { type: 'bearer', token: '{{ base64(inputs.user + ":" + secrets.pw) }}' } }],
    ['in one of several braces', { headers: { x: '{{ uuid() }}-{{ secrets.key }}' } }],
    ['as what is bound and no secret', { headers: { x: '{{ [1].map(secrets, secrets).size() }}' } }],
    ['twice', { headers: { x: '{{ secrets.a + secrets.b }}' } }],
  ])('%s', (_, config) => {
    expect(check([call(config)])).toEqual([])
  })

  it('in the body of a loop', () => {
    const body = { nodes: [call({ headers: { x: '{{ secrets.key + item }}' } })], edges: [] }
    expect(check([{ id: 'each', type: 'for-each', config: { items: '[1]', body } }])).toEqual([])
  })

  it.each(['webhook', 'ai-processor', 'http-request'])('in %s', (type) => {
    expect(nodeTypes.get(type)).toMatchObject({ takesSecrets: true })
  })
})

describe('secrets may not stand', () => {
  const inX = (text: string) => call({ headers: { x: text } })
  it.each<[string, JsonObject, string, string | RegExp]>([
    [
      'in an inline node',
      { id: 'a', type: 'log', config: { message: '{{ secrets.key }}' } },
      'nodes[0].config.message',
      /a log node cannot name secrets; only .*http-request.*webhook/,
    ],
    [
      'in an expression field',
      { id: 'a', type: 'condition', config: { condition: 'secrets.key == "x"' } },
      'nodes[0].config.condition',
      /a condition node/,
    ],
    [
      'in code',
      { id: 'a', type: 'code', config: { source: 'return "{{ secrets.key }}"' } },
      'nodes[0].config.source',
      /a code node/,
    ],
    [
      'in inputs of a workflow',
      { id: 'a', type: 'workflow', config: { workflow_id: 'w', inputs: { k: '{{ secrets.key }}' } } },
      'nodes[0].config.inputs.k',
      /a workflow node/,
    ],
    [
      'in a deferred field',
      { id: 'a', type: 'ai', config: { prompt: 'x', response_schema: { const: '{{ secrets.key }}' } } },
      'nodes[0].config.response_schema.const',
      /not rendered before/,
    ],
    ['by a computed name', inX('{{ secrets[inputs.x] }}'), 'nodes[0].config.headers.x', /one by one/],
    ['as a whole', inX('{{ to_json(secrets) }}'), 'nodes[0].config.headers.x', /one by one/],
    ['as what may be absent', inX('{{ secrets.?key.orValue("") }}'), 'nodes[0].config.headers.x', /one by one/],
    ['in has()', inX('{{ has(secrets.key) ? 1 : 2 }}'), 'nodes[0].config.headers.x', /one by one/],
    ['with one of them computed', inX('{{ secrets.a + secrets["a" + "b"] }}'), 'nodes[0].config.headers.x', /one by one/],
    ['bound as a whole', inX('{{ [secrets].map(s, s.key) }}'), 'nodes[0].config.headers.x', /one by one/],
    ['by a name that none can have', inX('{{ secrets["a b"] }}'), 'nodes[0].config.headers.x', /no secret can be called "a b"/],
    ['beside uuid()', inX('{{ uuid() + secrets.key }}'), 'nodes[0].config.headers.x', /uuid\(\) cannot stand beside/],
    ['beside a link', inX('{{ event_url("x") + secrets.key }}'), 'nodes[0].config.headers.x', /event_url\(\) cannot/],
  ])('%s', (_, node, path, message) => {
    expect(check([node]).filter(({ code }) => code !== 'UNKNOWN_EVENT')).toEqual([
      expect.objectContaining({ code: 'BAD_SECRET', path, message: expect.stringMatching(message) }),
    ])
  })

  it('on an edge', () => {
    const edge = { from: 'call', to: 'b', when: 'secrets.key == output' }
    expect(check([call({}), { id: 'b', type: 'log', config: { message: 'm' } }], [edge])).toMatchObject([
      { code: 'BAD_SECRET', path: 'edges[0].when', message: expect.stringContaining('an edge') },
    ])
  })

  it('in an inline node of a body', () => {
    const body = { nodes: [{ id: 'a', type: 'log', config: { message: '{{ secrets.key }}' } }], edges: [] }
    expect(check([{ id: 'each', type: 'for-each', config: { items: '[1]', body } }])).toMatchObject([
      { code: 'BAD_SECRET', path: 'nodes[0].config.body.nodes[0].config.message' },
    ])
  })
})

it.each([
  ['a', true],
  ['API_KEY-2', true],
  [`a${'x'.repeat(63)}`, true],
  [`a${'x'.repeat(64)}`, false],
  ['', false],
  ['2nd', false],
  ['a.b', false],
  ['a\n', false],
])('%j may be a name: %s', (name, isName) => {
  expect(SECRET_NAME.test(name)).toBe(isName)
})

describe('a replay', () => {
  const ended = () =>
    new TestRun({ nodes: [{ id: 'a', type: 'log', config: { message: 'm' } }, call({})], edges: [{ from: 'a', to: 'call' }] })

  it('puts no secret where none may stand', () => {
    const run = ended()
    run.settle('call', success())
    expect(planReplay(run.state, { patch: { a: { config: { message: '{{ secrets.key }}' } } } }, nodeTypes)).toMatchObject({
      issues: [{ code: 'BAD_SECRET', path: 'nodes[0].config.message' }],
    })
    expect(
      planReplay(run.state, { patch: { call: { config: { headers: { x: '{{ secrets.key }}' } } } } }, nodeTypes),
    ).toHaveProperty('plan')
  })

  it('does not read what a patched output says', () => {
    const run = ended()
    run.settle('call', success())
    const planning = planReplay(run.state, { patch: { a: { output: '{{ secrets.key }}' } } }, nodeTypes)
    if (!('plan' in planning)) throw new Error(JSON.stringify(planning))
    run.send({ type: 'replay', by: 'operator', plan: planning.plan })
    expect(run.state.outputs.a).toBe('{{ secrets.key }}')
    expect(JSON.stringify(run.node('call'))).not.toContain('$sealed')
  })
})
