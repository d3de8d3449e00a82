// Bodies of loops are read and validated as the workflow around them is; every finding tells its whole path.
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_BODY_DEPTH, MAX_CONFIG_STRING_BYTES, MAX_EDGES, MAX_EXPRESSION_BYTES, MAX_NODES } from '../../src/core/limits.ts'
import { readDefinition } from '../../src/core/read-definition.ts'
import { checkDefinition } from '../../src/core/validate-definition.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { body, each, loop, upTo, value } from '../support/loops.ts'
import { graph } from '../support/run.ts'

const log = (id: string, message = 'm'): JsonObject => ({ id, type: 'log', config: { message } })
const check = (definition: JsonObject) => checkDefinition(definition, nodeTypes).issues
const found = (definition: JsonObject) => check(definition).map(({ code, path, node_id }) => `${code} ${path} ${node_id ?? '-'}`)
/** Of a workflow whose third node is a loop over this body. */
const inBody = (of: Json) => found(graph([log('a'), log('b'), each(body([]), { body: of })], ['a>b', 'b>each']))
const BODY = 'nodes[2].config.body'

describe('findings in a body', () => {
  it.each<[string, Json, readonly string[]]>([
    [
      'a bad config',
      body([{ id: 'call', type: 'http-request', config: {} }]),
      [`BAD_CONFIG ${BODY}.nodes[0].config.url each.call`],
    ],
    ['no nodes', body([]), [`NO_NODES ${BODY}.nodes each`]],
    ['no nodes at all', {}, [`NO_NODES ${BODY}.nodes each`]],
    ['an unknown type', body([{ id: 'x', type: 'htpp' }]), [`UNKNOWN_TYPE ${BODY}.nodes[0].type each.x`]],
    ['a bad id', body([log('a b')]), [`BAD_ID ${BODY}.nodes[0].id each.a b`]],
    ['a double id', body([log('x'), log('x')]), [`DUPLICATE_ID ${BODY}.nodes[1].id each.x`]],
    ['a dangling edge', body([log('x')], ['x>y']), [`DANGLING_EDGE ${BODY}.edges[0].to each`]],
    ['an edge out of the body', body([log('x')], ['x>a']), [`DANGLING_EDGE ${BODY}.edges[0].to each`]],
    ['an unknown port', body([log('x'), log('y')], ['x:nope>y']), [`UNKNOWN_PORT ${BODY}.edges[0].port each.x`]],
    ['a self loop', body([log('x')], ['x>x']), [`SELF_LOOP ${BODY}.edges[0] each.x`]],
    ['a cycle', body([log('x'), log('y')], ['x>y', 'y>x']), [`CYCLE ${BODY}.edges each`]],
    ['an expression', body([log('x', '{{ 1 + }}')]), [`BAD_EXPRESSION ${BODY}.nodes[0].config.message each.x`]],
    [
      'a condition of an edge',
      body([log('x'), log('y')], [{ from: 'x', to: 'y', when: '1 +' }]),
      [`BAD_EXPRESSION ${BODY}.edges[0].when each.x`],
    ],
    ['a join', body([{ ...log('x'), join: { count: 2 } }]), [`BAD_JOIN ${BODY}.nodes[0].join.count each.x`]],
    ['a retry', body([{ ...log('x'), retry: { max_attempts: 0 } }]), [`BAD_RETRY ${BODY}.nodes[0].retry.max_attempts each.x`]],
    ['a timeout', body([{ ...log('x'), timeout_seconds: 5 }]), [`BAD_SETTING ${BODY}.nodes[0].timeout_seconds each.x`]],
    [
      'a long text',
      body([log('x', 'x'.repeat(MAX_CONFIG_STRING_BYTES + 1))]),
      [`TOO_LARGE ${BODY}.nodes[0].config.message each.x`],
    ],
    [
      'a long expression',
      body([log('x', `{{ ${'1+'.repeat(MAX_EXPRESSION_BYTES)}1 }}`)]),
      [`BAD_EXPRESSION ${BODY}.nodes[0].config.message each.x`],
    ],
    ['a breaker', body([{ ...log('x'), breaker: {} }]), [`NOT_SUPPORTED ${BODY}.nodes[0].breaker each.x`]],
    ['nodes that are no list', { nodes: 3, edges: [] }, [`INVALID_TYPE ${BODY}.nodes each`]],
    ['a node that is no object', { nodes: [3], edges: [] }, [`INVALID_TYPE ${BODY}.nodes[0] each`]],
    ['a node without a type', { nodes: [{ id: 'x' }], edges: [] }, [`REQUIRED ${BODY}.nodes[0].type each.x`]],
    ['an edge without an end', { nodes: [log('x')], edges: [{ from: 'x' }] }, [`REQUIRED ${BODY}.edges[0].to each`]],
    ['no graph', 'x', [`BAD_CONFIG ${BODY} each`]],
  ])('%s', (_, of, expected) => {
    expect(inBody(of)).toEqual(expected)
  })

  it('are all told at once, those around the body included', () => {
    const definition = graph([log('a', '{{ 1 + }}'), each(body([log('x', '{{ 2 + }}'), { id: 'y', type: 'htpp' }]))], ['a>nope'])
    expect(found(definition)).toEqual([
      'BAD_EXPRESSION nodes[0].config.message a',
      'DANGLING_EDGE edges[0].to -',
      'UNKNOWN_TYPE nodes[1].config.body.nodes[1].type each.y',
      'BAD_EXPRESSION nodes[1].config.body.nodes[0].config.message each.x',
    ])
  })

  it('tell the whole path at every depth', () => {
    const deep = each(body([loop(body([each(body([log('x', '{{ 1 + }}')]))]), { while: 'false' })]))
    expect(found(graph([deep], []))).toEqual([
      'BAD_EXPRESSION nodes[0].config.body.nodes[0].config.body.nodes[0].config.body.nodes[0].config.message each.loop.each.x',
    ])
  })

  it('of a body without nodes say so', () => {
    expect(check(graph([each(body([]))], []))[0]?.message).toBe('a body needs at least one node')
  })

  it('warn as they do elsewhere', () => {
    const set = (id: string) => ({ id, type: 'set-variables', config: { assign: { n: 1 } } })
    expect(inBody(body([{ id: 's', type: 'start' }, set('x'), set('y')], ['s>x']))).toEqual([
      `UNREACHABLE_NODE ${BODY}.nodes[2] each.y`,
      `UNORDERED_ASSIGNMENT ${BODY}.nodes[2].config.assign.n each.y`,
    ])
  })
})

describe('names in a body', () => {
  const nodes = (message: string, edges: readonly string[] = ['before>each']) =>
    found(graph([log('before'), each(body([log('x', message), log('y')], ['y>x'])), log('after')], [...edges, 'each>after']))
  const PLACE = 'nodes[1].config.body.nodes[0].config.message each.x'

  it.each([
    ['an own node upstream', 'outputs.y', []],
    ['one before the loop', 'outputs.before', []],
    ['itself', 'outputs.x', [`UNAVAILABLE_OUTPUT ${PLACE}`]],
    ['one after the loop', 'outputs.after', [`UNAVAILABLE_OUTPUT ${PLACE}`]],
    ['the loop around it', 'outputs.each', [`UNAVAILABLE_OUTPUT ${PLACE}`]],
    ['none', 'outputs.nope', [`UNKNOWN_OUTPUT ${PLACE}`]],
    ['item, index and what is in the input', 'item.a + index + input.b', []],
  ])('outputs of %s', (_, expression, expected) => {
    expect(nodes(`{{ ${expression} }}`)).toEqual(expected)
  })

  it('outputs of one beside the loop are not available', () => {
    expect(nodes('{{ outputs.before }}', [])).toEqual([`UNAVAILABLE_OUTPUT ${PLACE}`])
  })

  it('a node of a body cannot be named outside of it, nor in another body', () => {
    const outside = graph([each(body([log('x')])), log('after', '{{ outputs.x }}')], ['each>after'])
    expect(found(outside)).toEqual(['UNKNOWN_OUTPUT nodes[1].config.message after'])
    const other = graph([each(body([log('x')])), { ...each(body([log('y', '{{ outputs.x }}')])), id: 'two' }], ['each>two'])
    expect(found(other)).toEqual(['UNKNOWN_OUTPUT nodes[1].config.body.nodes[0].config.message two.y'])
  })

  it('`items` and `while` are of the scope around', () => {
    const items = graph([each(body([log('x')]), { items: 'outputs.x' })], [])
    expect(found(items)).toEqual(['UNKNOWN_OUTPUT nodes[0].config.items each'])
    const condition = graph([loop(body([log('x')]), { while: 'outputs.x' })], [])
    expect(found(condition)).toEqual(['UNKNOWN_OUTPUT nodes[0].config.while loop'])
  })

  it('closed inputs are closed in bodies too, but for what nodes assign there', () => {
    const set = { id: 's', type: 'set-variables', config: { assign: { known: 1 } } }
    const closed = { input_schema: { type: 'object', properties: { list: {} }, additionalProperties: false } }
    const definition = graph([each(body([set, log('x', '{{ known }} {{ item }} {{ unknown }}')], ['s>x']))], [], closed)
    expect(found(definition)).toEqual(['UNKNOWN_NAME nodes[0].config.body.nodes[1].config.message each.x'])
  })
})

describe('bounds', () => {
  const nest = (levels: number): JsonObject =>
    levels === 0 ? body([log('x')]) : body([{ ...each(nest(levels - 1)), id: `e${levels}` }])

  it(`bodies are within each other at most ${MAX_BODY_DEPTH} deep`, () => {
    expect(found(nest(MAX_BODY_DEPTH))).toEqual([])
    const path = `nodes[0].${'config.body.nodes[0].'.repeat(MAX_BODY_DEPTH)}config.body`
    expect(check(nest(MAX_BODY_DEPTH + 1))).toMatchObject([{ code: 'TOO_LARGE', path }])
  })

  it(`a definition has at most ${MAX_NODES} nodes, those of all bodies counted`, () => {
    const of = (inner: number) =>
      graph([each(body(upTo(inner).map((n) => log(`n${n}`)))), { ...each(body([log('x')])), id: 'two' }], [])
    expect(found(of(MAX_NODES - 3))).toEqual([])
    expect(found(of(MAX_NODES - 2))).toEqual(['TOO_LARGE nodes -'])
  })

  it(`and at most ${MAX_EDGES} edges`, () => {
    const size = 142
    const pairs = upTo(size).flatMap((to) => upTo(to).map((from) => ({ from: `n${from}`, to: `n${to}` })))
    const of = (edges: number) =>
      graph(
        [
          each(
            body(
              upTo(size).map((n) => log(`n${n}`)),
              pairs.slice(0, edges),
            ),
          ),
        ],
        [],
      )
    expect(found(of(MAX_EDGES))).toEqual([])
    expect(found(of(MAX_EDGES + 1))).toEqual(['TOO_LARGE edges -'])
  })

  it('what is too large is not looked at any further', () => {
    const many = upTo(MAX_NODES).map((n) => ({ id: `n${n}`, type: 'nope' }))
    expect(found(graph([each(body(many, ['n0>n0']))], []))).toEqual(['TOO_LARGE nodes -'])
  })
})

describe('a body as callers write it', () => {
  const read = (definition: JsonObject) => readDefinition(definition, nodeTypes).definition

  it('becomes canonical: React Flow’s names, aliases, inferred types, numeric ids, `any`, nodes as a map', () => {
    const written = {
      nodes: [
        {
          id: 1,
          type: 'map',
          data: {
            items: 'inputs.list',
            body: {
              nodes: [
                { id: 1, data: { value: 2 } },
                { id: 2, type: 'http', data: { url: 'https://example.com/' }, retry: null },
                { id: 3, data: { op: 'add' }, join: 'any' },
                {
                  id: 4,
                  type: 'while',
                  data: { while: 'false', body: { nodes: { x: { type: 'if', data: { condition: 'true' } } } } },
                },
              ],
              edges: [{ id: 'e1', source: 1, target: 3, sourceHandle: 'out', when: '{{ item > 1 }}' }],
            },
          },
        },
      ],
      edges: [],
    }
    const inner = { nodes: [{ id: 'x', type: 'condition', config: { condition: 'true' } }], edges: [] }
    expect(read(written)?.nodes).toEqual([
      {
        id: '1',
        type: 'for-each',
        config: {
          items: 'inputs.list',
          body: {
            nodes: [
              { id: '1', type: 'value', config: { value: 2 } },
              { id: '2', type: 'http-request', config: { url: 'https://example.com/' } },
              { id: '3', type: 'operation', config: { op: 'add' }, join: { count: 1 } },
              { id: '4', type: 'loop', config: { while: 'false', body: inner } },
            ],
            edges: [{ id: 'e1', from: '1', to: '3', port: 'out', when: 'item > 1' }],
          },
        },
      },
    ])
  })

  it('stays as it is once it is canonical', () => {
    const canonical = read(graph([each(body([value('v', 1), log('l')], ['v>l']))], []))
    expect(read(JSON.parse(JSON.stringify(canonical)))).toEqual(canonical)
  })

  it('keeps what is not ours', () => {
    const of = { nodes: [{ ...value('v', 1), position: { x: 1, y: 2 } }], edges: [], viewport: { zoom: 2 } }
    expect(read(graph([each(body([]), { body: of })], []))?.nodes[0]?.config.body).toEqual(of)
  })

  it('a `body` of a node that is no loop is only config', () => {
    const call = {
      id: 'c',
      type: 'http-request',
      config: { url: 'https://example.com/', method: 'POST', body: { nodes: [{ data: 1 }] } },
    }
    expect(read(graph([call], []))?.nodes[0]?.config.body).toEqual({ nodes: [{ data: 1 }] })
  })
})

describe('a for-each', () => {
  const config = (given: JsonObject) =>
    found(graph([{ id: 'each', type: 'for-each', config: { items: 'inputs.list', ...given } }], []))

  it('has exactly one of `body` and `workflow_id`', () => {
    expect(config({ workflow_id: 'ship' })).toEqual([])
    expect(config({})).toEqual(['BAD_CONFIG nodes[0].config.body each'])
    expect(config({ workflow_id: 'ship', body: body([log('x')]) })).toEqual(['BAD_CONFIG nodes[0].config.body each'])
    expect(found(graph([{ id: 'each', type: 'for-each', config: {} }], []))).toEqual([
      'BAD_CONFIG nodes[0].config.items each',
      'BAD_CONFIG nodes[0].config.body each',
    ])
  })

  it('with a workflow tells each finding once, where it is', () => {
    expect(config({ workflow_id: 7 })).toEqual(['BAD_CONFIG nodes[0].config.workflow_id each'])
    expect(config({ workflow_id: 'ship', inputs: { a: '{{ outputs.nope }}' } })).toEqual([
      'UNKNOWN_OUTPUT nodes[0].config.inputs.a each',
    ])
    expect(config({ workflow_id: 'ship', inputs: { a: '{{ 1 + }}' } })).toEqual(['BAD_EXPRESSION nodes[0].config.inputs.a each'])
    expect(config({ workflow_id: 'ship', inputs: { a: '{{ item }} {{ index }}' } })).toEqual([])
  })

  it('and a loop refuse what they cannot do', () => {
    expect(config({ workflow_id: 'ship', concurrency: 0 })).toEqual(['BAD_CONFIG nodes[0].config.concurrency each'])
    expect(config({ workflow_id: 'ship', on_item_error: 'ignore' })).toEqual(['BAD_CONFIG nodes[0].config.on_item_error each'])
    expect(config({ workflow_id: 'ship', items: '' })).toEqual(['BAD_CONFIG nodes[0].config.items each'])
    const retried = { ...loop(body([log('x')]), { while: 'true' }), retry: { max_attempts: 2 } }
    expect(found(graph([retried], []))).toEqual(['BAD_RETRY nodes[0].retry loop'])
    expect(found(graph([loop(body([log('x')]), { while: '1 +' })], []))).toEqual(['BAD_EXPRESSION nodes[0].config.while loop'])
    expect(found(graph([loop(body([log('x')]), {})], []))).toEqual(['BAD_CONFIG nodes[0].config.while loop'])
  })
})
