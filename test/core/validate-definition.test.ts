import { describe, expect, it } from 'vitest'
import type { EdgeDefinition, Issue, NodeDefinition, WorkflowDefinition } from '../../src/core/definition.ts'
import type { Json } from '../../src/core/json.ts'
import {
  MAX_ATTEMPTS,
  MAX_CONFIG_STRING_BYTES,
  MAX_DEFINITION_BYTES,
  MAX_DESCRIPTION_BYTES,
  MAX_EDGES,
  MAX_EXECUTION_TIMEOUT_SECONDS,
  MAX_EXPRESSION_BYTES,
  MAX_ISSUES,
  MAX_NAME_LENGTH,
  MAX_NODES,
  MAX_QUEUE_TIMEOUT_SECONDS,
  MAX_RETENTION_DAYS,
  MAX_RETRY_DELAY_MS,
} from '../../src/core/limits.ts'
import { checkDefinition, validateDefinition } from '../../src/core/validate-definition.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'

const node = (id: string, more: Partial<NodeDefinition> = {}): NodeDefinition => ({
  id,
  type: 'log',
  config: { message: 'm' },
  ...more,
})
const start = node('start', { type: 'start', config: {} })
const log = (id: string, message: string): NodeDefinition => node(id, { config: { message } })
const pick = node('pick', { type: 'switch', config: { on: 'input.kind', cases: { a: 'x' } } })
const http = (id: string, more: Partial<NodeDefinition> = {}): NodeDefinition =>
  node(id, { type: 'http-request', config: { url: 'https://example.com' }, ...more })
const set = (id: string, assign: NodeDefinition['config']): NodeDefinition =>
  node(id, { type: 'set-variables', config: { assign } })

/** `a -> b -> c` as edges. */
const chain = (path: string): EdgeDefinition[] => {
  const ids = path.split(' -> ')
  return ids.slice(1).map((to, index) => ({ from: ids[index] ?? '', to }))
}
const workflow = (
  nodes: NodeDefinition[],
  edges: EdgeDefinition[] = [],
  more: Partial<WorkflowDefinition> = {},
): WorkflowDefinition => ({
  nodes,
  edges,
  ...more,
})
const validate = (definition: WorkflowDefinition): Issue[] => validateDefinition(definition, nodeTypes)
/** `code path` of errors, `code path (warning)` of warnings. */
const findings = (definition: WorkflowDefinition): string[] =>
  validate(definition).map(({ code, path, severity }) => `${code} ${path}${severity === 'warning' ? ' (warning)' : ''}`)
const messages = (definition: WorkflowDefinition): string[] => validate(definition).map(({ message }) => message)

type Row = [name: string, definition: WorkflowDefinition, expected: string[]]

const VALID: [string, WorkflowDefinition][] = [
  ['a single node', workflow([start])],
  ['a diamond', workflow([start, node('a'), node('b'), node('c')], [...chain('start -> a -> c'), ...chain('start -> b -> c')])],
  [
    'every kind of port',
    workflow(
      [node('c', { type: 'condition', config: { condition: 'true' } }), node('a'), node('b'), node('d')],
      [
        { from: 'c', to: 'a', port: 'true' },
        { from: 'c', to: 'b', port: 'false' },
        { from: 'c', to: 'd', port: 'error' },
      ],
    ),
  ],
  [
    'outputs from upstream',
    workflow([start, node('a'), log('b', '{{ outputs.a }} {{ outputs["start"] }}')], chain('start -> a -> b')),
  ],
  ['an edge that asks its source', workflow([start, node('a')], [{ from: 'start', to: 'a', when: 'outputs.start.vip' }])],
  ['a timeout that needs the queue', workflow([http('a', { timeout_seconds: MAX_QUEUE_TIMEOUT_SECONDS })])],
  ['a pin', workflow([http('a', { pin: { status: 200 } })])],
  [
    'templates where the schema wants other types',
    workflow([node('d', { type: 'delay', config: { delay_seconds: '{{ inputs.seconds }}' } })]),
  ],
  [
    'edges that differ in port or when',
    workflow(
      [start, node('a')],
      [
        { from: 'start', to: 'a' },
        { from: 'start', to: 'a', port: 'error' },
        { from: 'start', to: 'a', when: 'true' },
      ],
    ),
  ],
  [
    'all settings',
    workflow([start], [], {
      settings: {
        timeout_seconds: MAX_EXECUTION_TIMEOUT_SECONDS,
        retention_days: MAX_RETENTION_DAYS,
        retry: {
          max_attempts: MAX_ATTEMPTS,
          initial_delay_ms: 0,
          max_delay_ms: MAX_RETRY_DELAY_MS,
          multiplier: 1,
          max_elapsed_seconds: 1,
        },
        priority: 'high',
        capture_io: true,
      },
    }),
  ],
]

const STRUCTURE: Row[] = [
  ['no nodes', workflow([]), ['NO_NODES nodes']],
  ['a bad workflow id', workflow([start], [], { workflow_id: 'a b' }), ['BAD_ID workflow_id']],
  ['a reserved workflow id', workflow([start], [], { workflow_id: 'versions' }), ['BAD_ID workflow_id']],
  ['an empty id', workflow([node('')]), ['BAD_ID nodes[0].id']],
  ['an id with a dot', workflow([node('a.b')]), ['BAD_ID nodes[0].id']],
  ['an id of 65', workflow([node('a'.repeat(65))]), ['BAD_ID nodes[0].id']],
  ['__proto__ as id', workflow([node('__proto__')]), ['BAD_ID nodes[0].id']],
  ['a duplicate id', workflow([node('a'), node('a')]), ['DUPLICATE_ID nodes[1].id']],
  ['an unknown type', workflow([node('a', { type: 'htpp-request' })]), ['UNKNOWN_TYPE nodes[0].type']],
]

const EDGES: Row[] = [
  ['an unknown source', workflow([start], chain('nobody -> start')), ['DANGLING_EDGE edges[0].from']],
  ['an unknown target', workflow([start], chain('start -> nobody')), ['DANGLING_EDGE edges[0].to']],
  ['both unknown', workflow([start], chain('x -> x')), ['DANGLING_EDGE edges[0].from', 'DANGLING_EDGE edges[0].to']],
  ['a self loop', workflow([start], chain('start -> start')), ['SELF_LOOP edges[0]']],
  ['two alike', workflow([start, node('a')], [...chain('start -> a'), ...chain('start -> a')]), ['DUPLICATE_EDGE edges[1]']],
  ['an unknown port', workflow([start, node('a')], [{ from: 'start', to: 'a', port: 'true' }]), ['UNKNOWN_PORT edges[0].port']],
  ['a cycle', workflow([node('a'), node('b')], chain('a -> b -> a')), ['CYCLE edges']],
  [
    'two cycles',
    workflow([node('a'), node('b'), node('c'), node('d')], [...chain('a -> b -> a'), ...chain('c -> d -> c')]),
    ['CYCLE edges', 'CYCLE edges'],
  ],
  [
    'a node no start leads to',
    workflow([start, node('a'), node('b')], chain('a -> b')),
    ['UNREACHABLE_NODE nodes[1] (warning)', 'UNREACHABLE_NODE nodes[2] (warning)'],
  ],
  ['roots without any start', workflow([node('a'), node('b')]), []],
  [
    'a switch with an edge for some cases only',
    workflow([pick, node('a')], [{ from: 'pick', port: 'x', to: 'a' }]),
    ['UNHANDLED_CASE nodes[0] (warning)'],
  ],
  [
    'a switch with a default',
    workflow(
      [pick, node('a'), node('b')],
      [
        { from: 'pick', port: 'x', to: 'a' },
        { from: 'pick', port: 'default', to: 'b' },
      ],
    ),
    [],
  ],
  ['a switch at the end', workflow([pick]), []],
  ['a switch that leads on where it fails only', workflow([pick, node('a')], [{ from: 'pick', port: 'error', to: 'a' }]), []],
]

const CONFIGS: Row[] = [
  ['a missing field', workflow([node('a', { type: 'condition', config: {} })]), ['BAD_CONFIG nodes[0].config.condition']],
  ['a wrong value', workflow([node('a', { type: 'operation', config: { op: 'pow' } })]), ['BAD_CONFIG nodes[0].config.op']],
  [
    'several',
    workflow([node('a', { type: 'switch', config: { cases: [{}] } })]),
    ['BAD_CONFIG nodes[0].config.cases[0].when', 'BAD_CONFIG nodes[0].config.cases[0].port'],
  ],
  [
    'a template for an object',
    workflow([node('a', { type: 'switch', config: { on: 'value', cases: '{{ inputs.cases }}' } })]),
    [],
  ],
  [
    'a string that is no template',
    workflow([node('a', { type: 'delay', config: { delay_seconds: '5' } })]),
    ['BAD_CONFIG nodes[0].config.delay_seconds'],
  ],
]

const EXPRESSIONS: Row[] = [
  ['a template that does not parse', workflow([log('a', 'x {{ 1 + }}')]), ['BAD_EXPRESSION nodes[0].config.message']],
  [
    'an expression field',
    workflow([node('a', { type: 'condition', config: { condition: 'a ==' } })]),
    ['BAD_EXPRESSION nodes[0].config.condition'],
  ],
  [
    'an expression in a list',
    workflow([node('a', { type: 'switch', config: { cases: [{ when: ')', port: 'x' }] } })]),
    ['BAD_EXPRESSION nodes[0].config.cases[0].when'],
  ],
  ['an edge', workflow([start, node('a')], [{ from: 'start', to: 'a', when: '&&' }]), ['BAD_EXPRESSION edges[0].when']],
  ['an empty when', workflow([start, node('a')], [{ from: 'start', to: 'a', when: '' }]), ['BAD_EXPRESSION edges[0].when']],
  [
    'a key that is no identifier',
    workflow([set('a', { 'x y': '{{ ( }}' })]),
    ['BAD_EXPRESSION nodes[0].config.assign["x y"]', 'SHADOWED_VARIABLE nodes[0].config.assign["x y"] (warning)'],
  ],
  [
    'an unknown output',
    workflow([start, log('a', '{{ outputs.b }}')], chain('start -> a')),
    ['UNKNOWN_OUTPUT nodes[1].config.message'],
  ],
  [
    'an output from downstream',
    workflow([log('a', '{{ outputs.b }}'), node('b')], chain('a -> b')),
    ['UNAVAILABLE_OUTPUT nodes[0].config.message'],
  ],
  ['its own output', workflow([log('a', '{{ outputs.a }}')]), ['UNAVAILABLE_OUTPUT nodes[0].config.message']],
  [
    'an output of a sibling',
    workflow([start, node('a'), log('b', '{{ outputs.a }}')], [...chain('start -> a'), ...chain('start -> b')]),
    ['UNAVAILABLE_OUTPUT nodes[2].config.message'],
  ],
  [
    'an edge that asks its target',
    workflow([start, node('a')], [{ from: 'start', to: 'a', when: 'outputs.a' }]),
    ['UNAVAILABLE_OUTPUT edges[0].when'],
  ],
  [
    'unknown outputs in a cycle',
    workflow([log('a', '{{ outputs.b + outputs.c }}'), node('b')], chain('a -> b -> a')),
    ['CYCLE edges', 'UNKNOWN_OUTPUT nodes[0].config.message'],
  ],
  ['bare names while inputs are open', workflow([log('a', '{{ anything }}')]), []],
]

const closed = { type: 'object', properties: { customer: { type: 'string' } }, additionalProperties: false }
const NAMES: Row[] = [
  [
    'a name that closed inputs lack',
    workflow([log('a', '{{ custmer }}')], [], { input_schema: closed }),
    ['UNKNOWN_NAME nodes[0].config.message'],
  ],
  [
    'known ones',
    workflow(
      [set('s', { total: 1 }), log('a', '{{ [customer, region, must, total, inputs, execution.id].map(x, x) }}')],
      chain('s -> a'),
      { input_schema: closed, variables: { region: 'eu' }, required_variables: ['must'] },
    ),
    [],
  ],
  [
    'pattern properties leave inputs open',
    workflow([log('a', '{{ x }}')], [], { input_schema: { ...closed, patternProperties: { '^x': true } } }),
    ['NOT_SUPPORTED input_schema.patternProperties'],
  ],
  [
    'a scope name as variable',
    workflow([start], [], { variables: { input: 1 } }),
    ['SHADOWED_VARIABLE variables.input (warning)'],
  ],
  [
    'a reserved word',
    workflow([start], [], { required_variables: ['while'] }),
    ['SHADOWED_VARIABLE required_variables[0] (warning)'],
  ],
  ['no identifier', workflow([start], [], { variables: { 'a-b': 1 } }), ['SHADOWED_VARIABLE variables.a-b (warning)']],
  [
    'two unordered assignments',
    workflow([start, set('a', { x: 1 }), set('b', { x: 2, y: 1 })], [...chain('start -> a'), ...chain('start -> b')]),
    ['UNORDERED_ASSIGNMENT nodes[2].config.assign.x (warning)'],
  ],
  ['two in order', workflow([set('a', { x: 1 }), node('m'), set('b', { x: 2 })], chain('a -> m -> b')), []],
]

/** Two sources into `j`. */
const joined = (members: Partial<NodeDefinition>) =>
  workflow([node('a'), node('my-b'), node('j', members)], [...chain('a -> j'), ...chain('my-b -> j')])
const JOINS: Row[] = [
  ['all', joined({ join: 'all' }), []],
  ['as many as sources', joined({ join: { count: 2 } }), []],
  ['more than sources', joined({ join: { count: 3 } }), ['BAD_JOIN nodes[2].join.count']],
  ['none', joined({ join: { count: 0 } }), ['BAD_JOIN nodes[2].join.count']],
  ['a fraction', joined({ join: { count: 1.5 } }), ['BAD_JOIN nodes[2].join.count']],
  ['a count on a root', workflow([node('a', { join: { count: 1 } })]), ['BAD_JOIN nodes[0].join.count']],
  [
    'two edges of one source are one',
    workflow([start, node('j', { join: { count: 2 } })], [...chain('start -> j'), { from: 'start', to: 'j', port: 'error' }]),
    ['BAD_JOIN nodes[1].join.count'],
  ],
  ['a condition', joined({ join: { when: 'a && !sources["my-b"]' } }), []],
  [
    'a condition on no source',
    joined({ join: { when: 'a && (c || d)' } }),
    ['BAD_JOIN nodes[2].join.when', 'BAD_JOIN nodes[2].join.when'],
  ],
  ['a condition that does not parse', joined({ join: { when: 'a > 1' } }), ['BAD_JOIN nodes[2].join.when']],
  ['a condition too long', joined({ join: { when: `a${' '.repeat(MAX_EXPRESSION_BYTES)}` } }), ['TOO_LARGE nodes[2].join.when']],
  ['cancel_rest', joined({ join: { count: 1 }, cancel_rest: true }), []],
  [
    'cancel_rest of one source',
    workflow([start, node('j', { cancel_rest: true })], chain('start -> j')),
    ['BAD_JOIN nodes[1].cancel_rest'],
  ],
]

const SETTINGS: Row[] = [
  [
    'an attempt above the queue',
    workflow([http('a', { timeout_seconds: MAX_QUEUE_TIMEOUT_SECONDS + 1 })]),
    ['NOT_SUPPORTED nodes[0].timeout_seconds'],
  ],
  ['an attempt of no time', workflow([http('a', { timeout_seconds: 0 })]), ['BAD_SETTING nodes[0].timeout_seconds']],
  [
    'a timeout of an inline node',
    workflow([node('d', { type: 'delay', config: { delay_seconds: 1 }, timeout_seconds: 5 })]),
    ['BAD_SETTING nodes[0].timeout_seconds'],
  ],
  [
    'an execution below a second',
    workflow([start], [], { settings: { timeout_seconds: 0.5 } }),
    ['BAD_SETTING settings.timeout_seconds'],
  ],
  [
    'an execution above 400 days',
    workflow([start], [], { settings: { timeout_seconds: MAX_EXECUTION_TIMEOUT_SECONDS + 1 } }),
    ['BAD_SETTING settings.timeout_seconds'],
  ],
  ['no retention', workflow([start], [], { settings: { retention_days: 0 } }), ['BAD_SETTING settings.retention_days']],
  [
    'too much retention',
    workflow([start], [], { settings: { retention_days: MAX_RETENTION_DAYS + 1 } }),
    ['BAD_SETTING settings.retention_days'],
  ],
  [
    'attempts out of bounds',
    workflow([http('a', { retry: { max_attempts: MAX_ATTEMPTS + 1 } }), http('b', { retry: { max_attempts: 0 } })]),
    ['BAD_RETRY nodes[0].retry.max_attempts', 'BAD_RETRY nodes[1].retry.max_attempts'],
  ],
  ['half an attempt', workflow([http('a', { retry: { max_attempts: 1.5 } })]), ['BAD_RETRY nodes[0].retry.max_attempts']],
  [
    'delays out of bounds',
    workflow([http('a', { retry: { initial_delay_ms: -1, max_delay_ms: MAX_RETRY_DELAY_MS + 1 } })]),
    ['BAD_RETRY nodes[0].retry.initial_delay_ms', 'BAD_RETRY nodes[0].retry.max_delay_ms'],
  ],
  [
    'a shrinking delay',
    workflow([start], [], { settings: { retry: { multiplier: 0.5 } } }),
    ['BAD_RETRY settings.retry.multiplier'],
  ],
]

const UNSUPPORTED: Row[] = [
  [
    'settings',
    workflow([start], [], { settings: { concurrency: { limit: 1 }, budget_usd: 1 } }),
    ['NOT_SUPPORTED settings.concurrency', 'NOT_SUPPORTED settings.budget_usd'],
  ],
  ['a breaker', workflow([http('a', { breaker: {} })]), ['NOT_SUPPORTED nodes[0].breaker']],
]

const SIZES: Row[] = [
  ['a config string at the limit', workflow([log('a', 'ä'.repeat(MAX_CONFIG_STRING_BYTES / 2))]), []],
  [
    'a config string above it',
    workflow([log('a', `${'ä'.repeat(MAX_CONFIG_STRING_BYTES / 2)}x`)]),
    ['TOO_LARGE nodes[0].config.message'],
  ],
  ['an expression at the limit', workflow([log('a', `{{ "${'x'.repeat(MAX_EXPRESSION_BYTES - 2)}" }}`)]), []],
  [
    'an expression above it',
    workflow([log('a', `{{ "${'x'.repeat(MAX_EXPRESSION_BYTES - 1)}" }}`)]),
    ['BAD_EXPRESSION nodes[0].config.message'],
  ],
  ['too many nodes', workflow(Array.from({ length: MAX_NODES + 1 }, () => start)), ['TOO_LARGE nodes']],
  [
    'too many edges',
    workflow(
      [start],
      Array.from({ length: MAX_EDGES + 1 }, () => ({ from: 'a', to: 'b' })),
    ),
    ['TOO_LARGE edges'],
  ],
]

describe('validateDefinition', () => {
  it.each(VALID)('finds nothing wrong with %s', (_, definition) => {
    expect(validate(definition)).toEqual([])
  })

  describe.each([
    ['structure', STRUCTURE],
    ['edges', EDGES],
    ['configs', CONFIGS],
    ['expressions', EXPRESSIONS],
    ['names', NAMES],
    ['joins', JOINS],
    ['settings', SETTINGS],
    ['what is not supported', UNSUPPORTED],
    ['sizes', SIZES],
  ])('%s', (_, rows) => {
    it.each(rows)('%s', (_, definition, expected) => {
      expect(findings(definition)).toEqual(expected)
    })
  })

  it('takes a definition at the limit of bytes and refuses one above', () => {
    const filled = (bytes: number) =>
      workflow([start], [], { note: 'x'.repeat(bytes - JSON.stringify(workflow([start], [], { note: '' })).length) })
    expect(findings(filled(MAX_DEFINITION_BYTES))).toEqual([])
    expect(findings(filled(MAX_DEFINITION_BYTES + 1))).toEqual(['TOO_LARGE '])
  })

  it('name and description are short', () => {
    const named = (name: number, description: number) =>
      workflow([start], [], { name: 'ä'.repeat(name), description: 'ä'.repeat(description / 2) })
    expect(findings(named(MAX_NAME_LENGTH, MAX_DESCRIPTION_BYTES))).toEqual([])
    expect(findings(named(MAX_NAME_LENGTH + 1, MAX_DESCRIPTION_BYTES + 2))).toEqual(['TOO_LARGE name', 'TOO_LARGE description'])
  })

  it('tells a type that is not built from one that nobody knows', () => {
    const types = { ...nodeTypes, notSupported: new Set(['later']) }
    const nodes = [node('a', { type: 'later' }), node('b', { type: 'never' })]
    const codes = validateDefinition(workflow(nodes, [{ from: 'a', to: 'b' }]), types).map(({ code }) => code)
    expect(codes).toEqual(['NOT_SUPPORTED', 'UNKNOWN_TYPE'])
  })

  it('holds the schema of an answer to the rules of input schemas, whatever its node is called', () => {
    const asks = (type: string, schema: Json) => node(type, { type, config: { prompt: 'x', response_schema: schema } })
    const pattern = { properties: { code: { pattern: '(a+)+$' } } }
    expect(findings(workflow([asks('llm', { type: 'nothing' }), asks('ai-processor', pattern), asks('ai', {})]))).toEqual([
      'BAD_SCHEMA nodes[0].config.response_schema.type',
      'NOT_SUPPORTED nodes[1].config.response_schema.properties.code.pattern',
    ])
  })

  it('accepts the example of every type', () => {
    for (const { type, example } of nodeTypes.all) expect(findings(workflow([node('a', { type, config: example })]))).toEqual([])
  })

  it(`reports at most ${MAX_ISSUES}, errors before warnings`, () => {
    const variables = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`not-${index}`, 1]))
    const dangling = (count: number) => Array.from({ length: count }, (_, index) => ({ from: 'start', to: `x${index}` }))
    const some = validate(workflow([start], dangling(MAX_ISSUES - 5), { variables }))
    expect(some.map(({ severity }) => severity).slice(-6)).toEqual(['error', ...Array.from({ length: 5 }, () => 'warning')])
    expect(validate(workflow([start], dangling(MAX_ISSUES + 1), { variables }))).toHaveLength(MAX_ISSUES)
  })

  it('tells upstream from elsewhere among many nodes', () => {
    const ids = Array.from({ length: 70 }, (_, index) => `n${index}`)
    const nodes = ids.map((id) => (id === 'n69' ? log(id, '{{ outputs.n0 }} {{ outputs.n33 }} {{ outputs.n64 }}') : node(id)))
    const edges = chain(ids.filter((id) => id !== 'n33').join(' -> '))
    expect(messages(workflow(nodes, edges))).toEqual([
      '`outputs.n33` cannot be available here: no path of edges leads from `n33` to `n69`',
    ])
  })

  it('copes with a graph at its limits', () => {
    const nodes = Array.from({ length: MAX_NODES }, (_, index) => log(`n${index}`, index === 0 ? 'x' : '{{ outputs.n0 }}'))
    const edges = Array.from({ length: MAX_EDGES }, (_, index) => {
      const to = 1 + (index % (MAX_NODES - 1))
      return { from: `n${to - 1 - (Math.floor(index / (MAX_NODES - 1)) % to)}`, to: `n${to}`, when: `${index} > 0` }
    })
    expect(findings(workflow(nodes, edges))).toEqual([])
  })
})

describe('messages', () => {
  it.each<[string, WorkflowDefinition, string]>([
    [
      'a mistyped type',
      workflow([node('a', { type: 'htpp-request' })]),
      'unknown node type "htpp-request" (did you mean `http-request`?)',
    ],
    [
      'another spelling',
      workflow([node('a', { type: 'setVariables' })]),
      'unknown node type "setVariables" (did you mean `set-variables`?)',
    ],
    ['a type far from any', workflow([node('a', { type: 'quantum' })]), 'unknown node type "quantum"'],
    ['a mistyped end', workflow([start], chain('start -> strat')), 'there is no node `strat` (did you mean `start`?)'],
    [
      'a cycle',
      workflow([node('a'), node('b'), node('c')], chain('a -> b -> c -> b')),
      'workflow contains cycles (circular dependencies): b -> c -> b',
    ],
    [
      'a port',
      workflow([node('c', { type: 'if', config: { condition: 'true' } }), node('a')], [{ from: 'c', to: 'a', port: 'yes' }]),
      '`c` (condition) has no port `yes`; its ports are true, false, error',
    ],
    ['a join', joined({ join: { when: 'a && b' } }), '`b` at position 5 is no source of this node; they are a, my-b'],
    [
      'an output',
      workflow([start, node('abc'), log('b', '{{ outputs.abd }}')], chain('start -> abc -> b')),
      'there is no node `abd` (did you mean `abc`?), so no `outputs.abd`',
    ],
  ])('%s', (_, definition, message) => {
    expect(messages(definition)).toEqual([message])
  })

  it('tell the position of what does not parse', () => {
    const [issue] = validate(workflow([start, log('a', 'total: {{ 1 + }}')], chain('start -> a')))
    expect(issue).toMatchObject({ code: 'BAD_EXPRESSION', node_id: 'a', message: expect.stringMatching(/at position 1\d/) })
  })
})

describe('checkDefinition', () => {
  const check = (value: unknown) => checkDefinition(value, nodeTypes)

  it('gives the canonical definition, warnings and all', () => {
    const { definition, issues } = check({ nodes: { a: { type: 'start' } }, variables: { input: 1 } })
    expect(definition).toEqual({ nodes: [{ id: 'a', type: 'start', config: {} }], edges: [], variables: { input: 1 } })
    expect(issues.map(({ code }) => code)).toEqual(['SHADOWED_VARIABLE'])
  })

  it('reports misfits of shape and all else at once, and each place once', () => {
    const { definition, issues } = check({
      nodes: [{ type: 'nope' }, 5, { id: 'b', type: 'condition', retry: 'x', timeout_seconds: 1 }, { id: 'c' }],
      edges: [{ source: 'b', target: 'gone' }, { source: 'b' }],
      settings: { priority: 'urgent', retention_days: 0 },
    })
    expect(definition).toBeNull()
    expect(issues.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'REQUIRED nodes[0].id',
      'INVALID_TYPE nodes[1]',
      'BAD_RETRY nodes[2].retry',
      'REQUIRED nodes[3].type',
      'REQUIRED edges[1].to',
      'INVALID_TYPE settings.priority',
      'UNKNOWN_TYPE nodes[0].type',
      'BAD_CONFIG nodes[2].config.condition',
      'DANGLING_EDGE edges[0].to',
      'BAD_SETTING settings.retention_days',
      'BAD_SETTING nodes[2].timeout_seconds',
    ])
  })

  it('reports nothing but the reason where nothing can be read', () => {
    expect(check('x')).toMatchObject({ definition: null, issues: [{ code: 'INVALID_TYPE', path: '' }] })
  })
})
