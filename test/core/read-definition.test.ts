import { describe, expect, it } from 'vitest'
import { MAX_DEFINITION_DEPTH, MAX_EDGES, MAX_JSON_VALUES, MAX_NODES } from '../../src/core/limits.ts'
import { readDefinition } from '../../src/core/read-definition.ts'
import { findBadJson } from '../../src/core/reading/json-tree.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'

const read = (value: unknown) => readDefinition(value, nodeTypes)
const start = { id: 'start', type: 'start', config: {} }

/** What a definition with these members is read as. */
const canonical = (members: object) => {
  const { definition, issues } = read({ nodes: [start], edges: [], ...members })
  expect(issues).toEqual([])
  return definition
}
const readNode = (node: unknown) => canonical({ nodes: [node] })?.nodes[0]
const readEdge = (edge: unknown) => canonical({ edges: [edge] })?.edges[0]

const CANONICAL = {
  workflow_id: 'orders',
  name: 'Orders',
  nodes: [
    start,
    {
      id: 'check',
      type: 'condition',
      config: { condition: 'value > 10', label: 'Check' },
      retry: { strategy: 'fixed', max_attempts: 2 },
      on_error: 'continue',
      join: { when: 'start' },
      pin: null,
      position: { x: 1, y: null },
    },
    { id: 'end', type: 'end', config: {}, join: { count: 1 } },
  ],
  edges: [
    { from: 'start', to: 'check', id: 'e1', targetHandle: null },
    { from: 'check', to: 'end', port: 'true', when: 'input.ok' },
  ],
  variables: { region: 'eu', nothing: null },
  required_variables: ['customer'],
  settings: { timeout_seconds: 60, retry: { strategy: 'none' }, note: null },
  metadata: { owner: null },
}

describe('readDefinition: nodes', () => {
  it.each([
    [
      'data is config, its label kept',
      { id: 'a', type: 'log', data: { message: 'x', label: 'L' } },
      { id: 'a', type: 'log', config: { message: 'x', label: 'L' } },
    ],
    [
      'config wins over data, which stays',
      { id: 'a', type: 'log', config: { message: 'x' }, data: 1 },
      { id: 'a', type: 'log', config: { message: 'x' }, data: 1 },
    ],
    ['no config is an empty one', { id: 'a', type: 'start' }, { id: 'a', type: 'start', config: {} }],
    ['numeric ids are text', { id: 7, type: 'start' }, { id: '7', type: 'start', config: {} }],
    ['aliases are resolved', { id: 'a', type: 'if' }, { id: 'a', type: 'condition', config: {} }],
    ['unknown types stay for validation', { id: 'a', type: 'nope' }, { id: 'a', type: 'nope', config: {} }],
    ['value infers value', { id: '1', data: { value: 10 } }, { id: '1', type: 'value', config: { value: 10 } }],
    ['value may be null', { id: '1', data: { value: null } }, { id: '1', type: 'value', config: { value: null } }],
    ['op infers operation', { id: '1', data: { op: 'add' } }, { id: '1', type: 'operation', config: { op: 'add' } }],
    ['any is a count of one', { ...start, join: 'any' }, { ...start, join: { count: 1 } }],
    ['nulls of optional members go', { ...start, retry: null, join: null, label: null, type: 'start' }, start],
    [
      'nulls in a retry policy go',
      { ...start, retry: { max_attempts: 2, jitter: null } },
      { ...start, retry: { max_attempts: 2 } },
    ],
    ['a pinned null and unknown nulls stay', { ...start, pin: null, width: null }, { ...start, pin: null, width: null }],
  ])('%s', (_, given, expected) => {
    expect(readNode(given)).toEqual(expected)
  })

  it('reads a map of nodes in its order', () => {
    expect(canonical({ nodes: { a: { type: 'start' }, b: { id: 'b', type: 'end' } } })?.nodes).toEqual([
      { id: 'a', type: 'start', config: {} },
      { id: 'b', type: 'end', config: {} },
    ])
  })
})

describe('readDefinition: edges', () => {
  it.each([
    [
      'source, target and sourceHandle',
      { id: 'e', source: 'a', target: 'b', sourceHandle: 'true', targetHandle: 'in' },
      { id: 'e', from: 'a', to: 'b', port: 'true', targetHandle: 'in' },
    ],
    ['numeric ends', { source: 1, target: 2 }, { from: '1', to: '2' }],
    [
      'a null handle',
      { source: 'a', target: 'b', sourceHandle: null, targetHandle: null },
      { from: 'a', to: 'b', targetHandle: null },
    ],
    ['from wins over source, which stays', { from: 'a', source: 'x', to: 'b' }, { from: 'a', source: 'x', to: 'b' }],
    ['dots are not split', { from: 'a.true', to: 'b' }, { from: 'a.true', to: 'b' }],
    ['braces around when', { from: 'a', to: 'b', when: ' {{ value > 1 }} ' }, { from: 'a', to: 'b', when: 'value > 1' }],
    [
      'a map literal in braces',
      { from: 'a', to: 'b', when: '{{ {"a": {"b": 1}}.a.b == 1 }}' },
      { from: 'a', to: 'b', when: '{"a": {"b": 1}}.a.b == 1' },
    ],
    [
      'what does not parse stays',
      { from: 'a', to: 'b', when: '{{ a }} && {{ b }}' },
      { from: 'a', to: 'b', when: '{{ a }} && {{ b }}' },
    ],
    ['a null when', { from: 'a', to: 'b', when: null, port: null }, { from: 'a', to: 'b' }],
  ])('%s', (_, given, expected) => {
    expect(readEdge(given)).toEqual(expected)
  })
})

describe('readDefinition: variables', () => {
  it('reads a list as defaults, required names and details', () => {
    const variables = [
      { name: 'region', default: 'eu', type: 'string' },
      { name: 'limit', value: 5 },
      { name: 'customer', required: true },
      { name: 'page', default: 1, required: true },
      { name: 'note', required: null },
    ]
    expect(canonical({ variables })).toEqual({
      nodes: [start],
      edges: [],
      variables: { region: 'eu', limit: 5, page: 1, note: null },
      required_variables: ['customer', 'page'],
      variable_details: { region: { type: 'string' } },
    })
  })

  it('adds required names to those given', () => {
    const { required_variables } =
      canonical({
        required_variables: ['a', 'b'],
        variables: [
          { name: 'b', required: true },
          { name: 'c', required: true },
        ],
      }) ?? {}
    expect(required_variables).toEqual(['a', 'b', 'c'])
  })
})

describe('readDefinition: as a whole', () => {
  it('leaves a canonical form as it is', () => {
    expect(read(CANONICAL)).toEqual({ definition: CANONICAL, issues: [] })
  })

  it('is idempotent and does not touch its argument', () => {
    const given = {
      workflow_id: 12,
      nodes: { a: { data: { value: 1 }, join: 'any', retry: { jitter: null } } },
      edges: [{ source: 'a', target: 'a', when: '{{ true }}' }],
      variables: [{ name: 'x', required: true, type: 'number' }],
      settings: null,
    }
    const copy = structuredClone(given)
    const first = read(given)
    expect(given).toEqual(copy)
    expect(first.definition).toMatchObject({ workflow_id: '12' })
    expect(read(first.definition)).toEqual(first)
  })

  it('takes missing lists as empty ones', () => {
    expect(read({})).toEqual({ definition: { nodes: [], edges: [] }, issues: [] })
  })
})

/** Code and path of each issue. */
const findings = (value: unknown) => read(value).issues.map(({ code, path }) => `${code} ${path}`)

describe('readDefinition: misfits', () => {
  it.each<[string, unknown, string[]]>([
    ['null', null, ['INVALID_TYPE ']],
    ['a list', [], ['INVALID_TYPE ']],
    ['nodes of another type', { nodes: 'x' }, ['INVALID_TYPE nodes']],
    ['edges of another type', { nodes: [start], edges: {} }, ['INVALID_TYPE edges']],
    ['a node that is no object', { nodes: [start, 3] }, ['INVALID_TYPE nodes[1]']],
    ['an edge that is no object', { edges: [null] }, ['INVALID_TYPE edges[0]']],
    ['a node without id', { nodes: [{ type: 'start' }] }, ['REQUIRED nodes[0].id']],
    ['a node without type', { nodes: [{ id: 'a' }] }, ['REQUIRED nodes[0].type']],
    ['an edge without ends', { edges: [{}] }, ['REQUIRED edges[0].from', 'REQUIRED edges[0].to']],
    ['config that is no object', { nodes: [{ ...start, config: [] }] }, ['INVALID_TYPE nodes[0].config']],
    ['data that is no object', { nodes: [{ id: 'a', type: 'start', data: 'x' }] }, ['INVALID_TYPE nodes[0].config']],
    ['a timeout as text', { nodes: [{ ...start, timeout_seconds: '5' }] }, ['INVALID_TYPE nodes[0].timeout_seconds']],
    ['an unknown on_error', { nodes: [{ ...start, on_error: 'ignore' }] }, ['INVALID_TYPE nodes[0].on_error']],
    ['a flag as text', { nodes: [{ ...start, at_most_once: 'yes' }] }, ['INVALID_TYPE nodes[0].at_most_once']],
    ['an unknown strategy', { nodes: [{ ...start, retry: { strategy: 'x' } }] }, ['BAD_RETRY nodes[0].retry.strategy']],
    ['an unknown jitter', { settings: { retry: { jitter: 'some' } } }, ['BAD_RETRY settings.retry.jitter']],
    ['retry that is no object', { nodes: [{ ...start, retry: 3 }] }, ['BAD_RETRY nodes[0].retry']],
    ['an unknown join', { nodes: [{ ...start, join: 'some' }] }, ['BAD_JOIN nodes[0].join']],
    ['a join of two kinds', { nodes: [{ ...start, join: { count: 1, when: 'a' } }] }, ['BAD_JOIN nodes[0].join']],
    ['an unknown priority', { settings: { priority: 'urgent' } }, ['INVALID_TYPE settings.priority']],
    ['settings that are no object', { settings: 1 }, ['INVALID_TYPE settings']],
    ['a schema that is no object', { input_schema: true }, ['BAD_SCHEMA input_schema']],
    ['variables of another type', { variables: 'x' }, ['INVALID_TYPE variables']],
    ['a variable that is no object', { variables: ['x'] }, ['INVALID_TYPE variables[0]']],
    ['a variable without name', { variables: [{ default: 1 }] }, ['REQUIRED variables[0].name']],
    ['a variable with a numeric name', { variables: [{ name: 1 }] }, ['INVALID_TYPE variables[0].name']],
    ['a variable listed twice', { variables: [{ name: 'a' }, { name: 'a' }] }, ['DUPLICATE_ID variables[1].name']],
    ['required as text', { variables: [{ name: 'a', required: 'yes' }] }, ['INVALID_TYPE variables[0].required']],
    ['a secret variable', { variables: [{ name: 'a', secret: true }] }, ['NOT_SUPPORTED variables[0].secret']],
    ['a mapped node with another id', { nodes: { a: { ...start, id: 'b' } } }, ['BAD_ID nodes[0].id']],
    ['what is no JSON', { nodes: [{ ...start, config: { f: () => 1 } }] }, ['INVALID_TYPE nodes[0].config.f']],
    ['what JSON cannot hold', { variables: { x: Number.NaN } }, ['INVALID_TYPE variables.x']],
  ])('%s', (_, given, expected) => {
    expect(findings(given)).toEqual(expected)
    expect(read(given).definition).toBeNull()
  })

  it('names the node and says what was expected', () => {
    expect(read({ nodes: [{ ...start, timeout_seconds: '5' }] }).issues).toEqual([
      {
        severity: 'error',
        code: 'INVALID_TYPE',
        path: 'nodes[0].timeout_seconds',
        message: 'expected number, received string',
        node_id: 'start',
      },
    ])
  })
})

describe('readDefinition: hostile input', () => {
  it.each([
    ['at the top', '{"__proto__": {"polluted": 1}, "nodes": []}', '__proto__'],
    ['with text', '{"variables": {"__proto__": "x"}}', 'variables.__proto__'],
    [
      'in a config',
      '{"nodes": [{"id": "a", "type": "start", "config": {"a": [{"__proto__": {}}]}}]}',
      'nodes[0].config.a[0].__proto__',
    ],
    ['as a node id', '{"nodes": {"__proto__": {"type": "start"}}}', 'nodes.__proto__'],
  ])('refuses a __proto__ key %s', (_, text, path) => {
    expect(findings(JSON.parse(text))).toEqual([`INVALID_TYPE ${path}`])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('refuses a variable called __proto__', () => {
    expect(findings({ variables: [{ name: '__proto__', default: 1 }] })).toContain('INVALID_TYPE variables[0].name')
  })

  it(`reads ${MAX_DEFINITION_DEPTH} levels and no more`, () => {
    const nested = (depth: number) => ({ extra: JSON.parse(`${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}`) })
    expect(findings(nested(MAX_DEFINITION_DEPTH))).toEqual([])
    expect(findings(nested(MAX_DEFINITION_DEPTH + 1))).toEqual(['TOO_LARGE extra[0][0][0]'])
    expect(findings(nested(200_000))).toEqual(['TOO_LARGE extra[0][0][0]'])
  })

  it(`reads ${MAX_JSON_VALUES} values and no more`, () => {
    const many = (count: number) => ({ extra: Array.from({ length: count - 1 }, () => 0) })
    expect(findBadJson(many(MAX_JSON_VALUES))).toBeNull()
    expect(findBadJson(many(MAX_JSON_VALUES + 1))).toMatchObject({ code: 'TOO_LARGE', path: '' })
  })

  it('refuses too many nodes and edges before it looks at each', () => {
    const many = (count: number) => Array.from({ length: count }, () => 0)
    expect(findings({ nodes: many(MAX_NODES + 1), edges: many(MAX_EDGES + 1) })).toEqual(['TOO_LARGE nodes', 'TOO_LARGE edges'])
    expect(findings({ nodes: { ...many(MAX_NODES + 1) } })).toEqual(['TOO_LARGE nodes'])
    expect(findings({ nodes: many(MAX_NODES) })).toHaveLength(MAX_NODES)
  })
})
