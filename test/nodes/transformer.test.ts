import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_LIST_ELEMENTS, MAX_OUTPUT_BYTES } from '../../src/core/limits.ts'
import { validateDefinition } from '../../src/core/validate-definition.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { transformer } from '../../src/nodes/transformer.ts'
import { configIssues } from '../support/config-issues.ts'
import { arrival, inlineContext } from '../support/inline-context.ts'

type Example = readonly [name: string, config: JsonObject, input: Json, output: Json]
type Refusal = readonly [name: string, config: JsonObject, input: Json, message: string]

const ada = { name: 'Ada', age: 36, address: { city: 'London' } }
const alan = { name: 'Alan', age: 41, address: { city: 'London' } }
const emmy = { name: 'Emmy', age: 36, address: { city: 'Erlangen' } }
const people = [ada, alan, emmy]
const names = (output: Json) => (Array.isArray(output) ? output.map((person) => person.name) : output)

const run = (config: JsonObject, input: Json) => transformer.run(config, inlineContext({ input }))
const gives = (transform_type: string, examples: readonly Example[]) =>
  it.each([...examples])('%s', (_name, config, input, output) => {
    expect(run({ transform_type, ...config }, input)).toEqual({ kind: 'completed', output })
  })
const fails = (transform_type: string, refusals: readonly Refusal[]) =>
  it.each([...refusals])('fails on %s', (_name, config, input, message) => {
    expect(run({ transform_type, ...config }, input)).toEqual({
      kind: 'failed',
      error: { code: 'INPUT_INVALID', message, retryable: false },
    })
  })

describe('map', () => {
  gives('map', [
    ['passes the input on where nothing is said', {}, [1, 2], [1, 2]],
    ['evaluates an expression per element', { expression: 'item * 2' }, [1, 2], [2, 4]],
    ['sees the place of an element', { expression: 'index' }, ['a', 'b'], [0, 1]],
    ['sees the member value of an element', { expression: 'value + 1' }, [{ value: 1 }, 5], [2, 6]],
    [
      'renders a mapping per element',
      { mapping: { label: '{{ item.name }} ({{ item.age }})', age: '{{ item.age }}', kind: 'person', tags: ['{{ index }}'] } },
      [ada],
      [{ label: 'Ada (36)', age: 36, kind: 'person', tags: [0] }],
    ],
    ['maps an object as one element', { mapping: { who: '{{ item.name }}' } }, { name: 'Ada' }, { who: 'Ada' }],
    ['maps what items gives', { items: 'input.list', expression: 'item + 1' }, { list: [1] }, [2]],
    ['gives an empty list for one', { expression: 'item.nowhere' }, [], []],
  ])
})

describe('pick', () => {
  gives('pick', [
    ['of an object', { fields: ['b', 'absent'] }, { a: 1, b: null }, { b: null }],
    ['of each object of a list', { fields: ['a'] }, [{ a: 1, b: 2 }, { b: 3 }], [{ a: 1 }, {}]],
  ])
  fails('pick', [
    ['a number', { fields: ['a'] }, 5, "'pick' needs an object or a list of objects, and got a number"],
    ['a list with one', { fields: ['a'] }, [{}, 5], "'pick' needs an object or a list of objects, and element 1 is a number"],
  ])
})

describe('omit', () => {
  gives('omit', [
    ['of an object', { fields: ['b', 'absent'] }, { a: 1, b: 2 }, { a: 1 }],
    ['of each object of a list', { fields: ['a'] }, [{ a: 1, b: 2 }, { b: 3 }], [{ b: 2 }, { b: 3 }]],
  ])
  fails('omit', [['null', { fields: ['a'] }, null, "'omit' needs an object or a list of objects, and got null"]])
})

describe('rename', () => {
  gives('rename', [
    ['of an object', { fields: { a: 'x', absent: 'y' } }, { a: 1, b: 2 }, { x: 1, b: 2 }],
    ['of each object of a list', { fields: { a: 'x' } }, [{ a: 1 }, { b: 2 }], [{ x: 1 }, { b: 2 }]],
    ['replaces what had the name', { fields: { a: 'b' } }, { a: 1, b: 2 }, { b: 1 }],
    ['exchanges two names', { fields: { a: 'b', b: 'a' } }, { a: 1, b: 2 }, { b: 1, a: 2 }],
    ['to the same name', { fields: { a: 'a' } }, { a: 1 }, { a: 1 }],
    ['leaves inherited names alone', { fields: { a: 'x' } }, { toString: 1 }, { toString: 1 }],
  ])
})

describe('flatten', () => {
  gives('flatten', [
    ['one level', {}, [1, [2, [3]], []], [1, 2, [3]]],
    ['two levels', { depth: 2 }, [1, [2, [3, [4]]]], [1, 2, 3, [4]]],
    ['all there are', { depth: 1000 }, [[[[1]]]], [1]],
  ])
  fails('flatten', [['an object', {}, {}, "'flatten' needs a list, and got an object: name the list with 'items'"]])
})

describe('group_by', () => {
  gives('group_by', [
    ['a field', { key: 'age' }, people, { '36': [ada, emmy], '41': [alan] }],
    ['an expression', { key: 'item.address.city' }, people, { London: [ada, alan], Erlangen: [emmy] }],
    ['an absent field as null', { key: 'nowhere' }, [{ a: 1 }], { null: [{ a: 1 }] }],
    ['a key named like a member of Object', { key: 'k' }, [{ k: '__proto__' }], JSON.parse('{"__proto__":[{"k":"__proto__"}]}')],
  ])
})

describe('sort', () => {
  gives('sort', [
    ['numbers', {}, [10, 9, 1], [1, 9, 10]],
    ['downwards', { order: 'desc' }, [1, 10, 9], [10, 9, 1]],
    ['text by code unit', {}, ['b', 'a', 'B', 'é'], ['B', 'a', 'b', 'é']],
    ['mixed kinds', {}, [{ a: 1 }, 'text', 2, true, null, [1], false], [null, false, true, 2, 'text', [1], { a: 1 }]],
  ])

  it.each([
    ['a field', { by: 'age' }, ['Ada', 'Emmy', 'Alan']],
    ['an expression in braces', { by: '{{ item.age }}' }, ['Ada', 'Emmy', 'Alan']],
    ['an expression', { by: 'item.address.city' }, ['Emmy', 'Ada', 'Alan']],
    ['downwards, equal ones in their order', { by: 'age', order: 'desc' }, ['Alan', 'Ada', 'Emmy']],
    ['the member value', { by: 'value', items: 'input.map(p, {"name": p.name, "value": 0 - p.age})' }, ['Alan', 'Ada', 'Emmy']],
  ])('by %s', (_name, config, order) => {
    const result = run({ transform_type: 'sort', ...config }, people)
    expect(result.kind === 'completed' && names(result.output)).toEqual(order)
  })
})

describe('unique', () => {
  gives('unique', [
    ['whole elements', {}, [1, '1', 1, { a: 1, b: 2 }, { b: 2, a: 1 }], [1, '1', { a: 1, b: 2 }]],
    ['by a field, the first stays', { by: 'age' }, people, [ada, alan]],
    ['by an expression', { by: 'item.address.city' }, people, [ada, emmy]],
  ])
})

describe('aggregate', () => {
  const operations = {
    sum: { op: 'sum', field: 'age' },
    avg: { op: 'avg', field: 'age' },
    min: { op: 'min', field: 'age' },
    max: { op: 'max', field: 'age' },
    count: { op: 'count' },
    adults: { op: 'count', expression: 'item.age > 40' },
    first: { op: 'first', field: 'name' },
    last: { op: 'last', field: 'name' },
    list: { op: 'list', expression: 'item.address.city' },
  }
  gives('aggregate', [
    [
      'every operation',
      { operations },
      people,
      {
        sum: 113,
        avg: 113 / 3,
        min: 36,
        max: 41,
        count: 3,
        adults: 1,
        first: 'Ada',
        last: 'Emmy',
        list: ['London', 'London', 'Erlangen'],
      },
    ],
    [
      'an empty list',
      { operations },
      [],
      { sum: 0, avg: null, min: null, max: null, count: 0, adults: 0, first: null, last: null, list: [] },
    ],
    [
      'null and absent values left out',
      { operations: { avg: { op: 'avg', field: 'n' }, count: { op: 'count', field: 'n' } } },
      [{ n: 2 }, { n: null }, {}, { n: 4 }],
      { avg: 3, count: 2 },
    ],
    ['the elements themselves', { operations: { total: { op: 'sum' } } }, [1, 2], { total: 3 }],
  ])
  fails('aggregate', [
    [
      'text to add',
      { operations: { t: { op: 'sum', field: 'n' } } },
      [{ n: 'x' }],
      "'t' needs numbers, and element 0 gives text",
    ],
    ['a sum too large', { operations: { t: { op: 'sum' } } }, [1e308, 1e308], "the sum of 't' is not a finite number"],
  ])
})

describe('merge', () => {
  const merged = (...values: Json[]) =>
    transformer.run(
      { transform_type: 'merge' },
      inlineContext({ inputs: values.map((value, index) => arrival(`n${index}`, value)), executionInputs: { root: true } }),
    )

  it.each([
    ['objects, later ones win', [{ a: 1, b: 1 }, { b: 2 }], { a: 1, b: 2 }],
    ['lists', [[1], [2, [3]]], [1, 2, [3]]],
    ['the inputs of the execution, at a root', [], { root: true }],
  ] as [string, Json[], Json][])('%s', (_name, values, output) => {
    expect(merged(...values)).toEqual({ kind: 'completed', output })
  })

  gives('merge', [['the elements of items', { items: 'input.parts' }, { parts: [{ a: 1 }, { b: 2 }] }, { a: 1, b: 2 }]])

  it('fails where kinds are mixed', () => {
    expect(merged({ a: 1 }, [2])).toMatchObject({ kind: 'failed', error: { code: 'INPUT_INVALID' } })
  })
})

describe('expression', () => {
  gives('expression', [
    ['over the input', { expression: 'input.map(p, p.age).size()' }, people, 3],
    ['with braces', { expression: '{{ {"total": input + 1} }}' }, 1, { total: 2 }],
  ])
})

describe('limits', () => {
  it('walks a list at the limit and refuses one above', () => {
    const list = (length: number) => Array.from({ length }, () => 0)
    expect(run({ transform_type: 'unique' }, list(MAX_LIST_ELEMENTS))).toEqual({ kind: 'completed', output: [0] })
    expect(run({ transform_type: 'unique' }, list(MAX_LIST_ELEMENTS + 1))).toMatchObject({
      error: { code: 'INPUT_INVALID', message: 'the list has 100001 elements, and a node takes at most 100000: split it before' },
    })
  })
})

describe('validation', () => {
  it.each([
    { transform_type: 'sort', by: 'age' },
    { transform_type: 'group_by', key: 'in' },
    { transform_type: 'map', mapping: { age: '{{ item.age }}' } },
  ])('takes fields of elements for no names of the scope: %j', (config) => {
    const definition = {
      nodes: [
        { id: 'start', type: 'start', config: {} },
        { id: 'tested', type: 'transformer', config },
      ],
      edges: [{ from: 'start', to: 'tested' }],
      input_schema: { type: 'object', properties: {}, additionalProperties: false },
    }
    expect(validateDefinition(definition, nodeTypes)).toEqual([])
  })
})

describe('size', () => {
  const large = (bytes: number) => 'x'.repeat(bytes - '""'.length)

  it('collects up to what an output may have, and stops above', () => {
    const config = { transform_type: 'map', expression: 'large' }
    const mapped = (bytes: number) =>
      transformer.run(config, inlineContext({ input: [1, 2], variables: { large: large(bytes) } }))
    expect(mapped(MAX_OUTPUT_BYTES / 2)).toMatchObject({ kind: 'completed' })
    expect(mapped(MAX_OUTPUT_BYTES / 2 + 1)).toMatchObject({ kind: 'failed', error: { code: 'OUTPUT_TOO_LARGE' } })
  })

  it('passes an input of any size on as it is', () => {
    const context = inlineContext({ input: [large(MAX_OUTPUT_BYTES), 'more'] })
    const result = transformer.run({ transform_type: 'map' }, context)
    expect(result.kind === 'completed' && result.output).toBe(context.input)
  })
})

describe('config', () => {
  it.each([
    ['no transform_type', {}, "transform_type: transformer node requires a 'transform_type'"],
    ['an unknown one', { transform_type: 'reduce' }, "transform_type: transformer node requires a 'transform_type'"],
    [
      'two ways to map',
      { transform_type: 'map', expression: 'item', mapping: {} },
      "mapping: map takes 'expression' or 'mapping'",
    ],
    ['no fields to pick', { transform_type: 'pick' }, "fields: pick requires 'fields'"],
    ['a field to omit that is no name', { transform_type: 'omit', fields: [1] }, "fields.0: omit requires 'fields'"],
    ['an empty list of fields', { transform_type: 'pick', fields: [] }, "fields: pick requires 'fields'"],
    ['no names to give', { transform_type: 'rename', fields: {} }, "fields: rename requires 'fields'"],
    ['a depth of 0', { transform_type: 'flatten', depth: 0 }, "depth: 'depth' must be a whole number"],
    ['no key', { transform_type: 'group_by' }, "key: group_by requires a 'key'"],
    ['an unknown order', { transform_type: 'sort', order: 'up' }, "order: 'order' must be 'asc' or 'desc'"],
    ['a list of keys', { transform_type: 'unique', by: ['a'] }, "by: 'by' must be a field name"],
    ['a key that does not parse', { transform_type: 'group_by', key: 'item.' }, 'key: '],
    ['no operations', { transform_type: 'aggregate', operations: {} }, "operations: aggregate requires 'operations'"],
    [
      'an unknown operation',
      { transform_type: 'aggregate', operations: { a: { op: 'median' } } },
      "operations.a.op: 'op' must be",
    ],
    [
      'two values to aggregate',
      { transform_type: 'aggregate', operations: { a: { op: 'sum', field: 'a', expression: 'item' } } },
      "operations.a.expression: an operation takes 'field' or 'expression'",
    ],
    ['items that are no expression', { transform_type: 'merge', items: [] }, "items: 'items' must be an expression"],
    ['no expression', { transform_type: 'expression' }, "expression: expression requires an 'expression'"],
  ])('is refused with %s', (_name, config, issue) => {
    expect(configIssues(transformer, config)).toEqual([expect.stringContaining(issue)])
  })
})
