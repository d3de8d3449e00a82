import { describe, expect, it } from 'vitest'
import { validateInputs } from '../../src/core/input-schema.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_INPUT_CHECKS, MAX_INPUT_CHECKS_FOR_ALL, MAX_INPUT_ISSUES, MAX_SCHEMA_WEIGHT } from '../../src/core/limits.ts'
import { checkInputSchema } from '../../src/core/validation/input-schema.ts'

const ORDER: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    customer: { type: 'string', minLength: 1, description: 'Who orders' },
    items: { type: 'array', items: { $ref: '#/$defs/item' }, minItems: 1 },
    kind: { enum: ['new', 'old'] },
  },
  required: ['customer'],
  additionalProperties: false,
  $defs: {
    item: { type: 'object', properties: { price: { type: 'number', minimum: 0 }, 'a/b': { type: 'null' } }, required: ['price'] },
  },
}

const schemaFindings = (schema: JsonObject) => checkInputSchema(schema).map(({ code, path }) => `${code} ${path}`)

describe('checkInputSchema', () => {
  it('finds nothing wrong with a schema, nor with none', () => {
    expect(checkInputSchema(ORDER)).toEqual([])
    expect(checkInputSchema({})).toEqual([])
    expect(checkInputSchema(undefined)).toEqual([])
  })

  it('leaves the schema as it is', () => {
    const frozen = Object.freeze({ ...ORDER })
    checkInputSchema(frozen)
    validateInputs(frozen, {})
    expect(Object.getOwnPropertyNames(frozen)).toEqual(Object.keys(ORDER))
  })

  it('finds every place at once', () => {
    expect(
      schemaFindings({
        type: 'objekt',
        required: 'customer',
        properties: { a: 3, b: { type: ['string', 'text'] }, c: { format: 'url' }, d: { minLength: -1 } },
        anyOf: {},
        allOf: [true, { not: 1 }],
        $defs: [],
        items: [],
        definitions: { x: { $ref: 'https://example.com/schema' } },
      }),
    ).toEqual([
      'BAD_SCHEMA input_schema.type',
      'BAD_SCHEMA input_schema.required',
      'BAD_SCHEMA input_schema.properties.a',
      'BAD_SCHEMA input_schema.properties.b.type',
      'BAD_SCHEMA input_schema.properties.c.format',
      'BAD_SCHEMA input_schema.properties.d.minLength',
      'BAD_SCHEMA input_schema.anyOf',
      'BAD_SCHEMA input_schema.allOf[1].not',
      'BAD_SCHEMA input_schema.$defs',
      'BAD_SCHEMA input_schema.items',
      'BAD_SCHEMA input_schema.definitions.x.$ref',
    ])
  })

  it.each<[string, JsonObject, string]>([
    ['a reference to nowhere', { properties: { a: { $ref: '#/$defs/nope' } } }, 'the reference `#/$defs/nope` leads nowhere'],
    ['a reference to what is no schema', { $ref: '#/const', const: { type: 'null' } }, 'the reference `#/const` leads nowhere'],
    ['a reference that cannot be decoded', { $ref: '#/%' }, 'the reference `#/%` leads nowhere'],
  ])('refuses %s', (_, schema, message) => {
    expect(checkInputSchema(schema)).toMatchObject([
      { code: 'BAD_SCHEMA', path: 'input_schema', message: expect.stringContaining(message) },
    ])
  })
})

describe('what would keep an isolate busy', () => {
  const STRINGS = { pattern: '^(a+)+$', patternProperties: { '^(a+)+$': true }, uniqueItems: true, $recursiveRef: '#' }

  it.each(Object.entries(STRINGS))('%s is refused', (keyword, value) => {
    expect(schemaFindings({ [keyword]: value })).toEqual([`NOT_SUPPORTED input_schema.${keyword}`])
    expect(schemaFindings({ items: { allOf: [{ [keyword]: value }] } })).toEqual([
      `NOT_SUPPORTED input_schema.items.allOf[0].${keyword}`,
    ])
    expect(schemaFindings({ properties: { [keyword]: { type: 'string' } } })).toEqual([])
  })

  it('$id only names the whole', () => {
    expect(schemaFindings({ $id: 'urn:x' })).toEqual([])
    expect(schemaFindings({ $defs: { a: { $id: 'urn:x' } } })).toEqual(['NOT_SUPPORTED input_schema.$defs.a.$id'])
  })

  it('references that multiply are refused', () => {
    const doubling = (levels: number): JsonObject => {
      const twice = (level: number) => ({ allOf: [{ $ref: `#/$defs/a${level}` }, { $ref: `#/$defs/a${level}` }] })
      const named = Array.from({ length: levels }, (_, level) => [`a${level}`, level + 1 < levels ? twice(level + 1) : {}])
      return { $ref: '#/$defs/a0', $defs: Object.fromEntries(named) }
    }
    expect(schemaFindings(doubling(8))).toEqual([])
    expect(schemaFindings(doubling(35))).toEqual(['TOO_LARGE input_schema'])
  })

  it('references that lead back to themselves are refused', () => {
    expect(schemaFindings({ $ref: '#' })).toEqual(['NOT_SUPPORTED input_schema'])
    const again = { $ref: '#/$defs/a' }
    expect(schemaFindings({ ...again, $defs: { a: { properties: { a: { allOf: [again, again] } } } } })).toEqual([
      'NOT_SUPPORTED input_schema',
    ])
  })

  it(`a value goes through ${MAX_SCHEMA_WEIGHT} schemas at most`, () => {
    const schema = (weight: number) => ({ allOf: Array.from({ length: weight - 1 }, () => ({})) })
    expect(schemaFindings(schema(MAX_SCHEMA_WEIGHT))).toEqual([])
    expect(schemaFindings(schema(MAX_SCHEMA_WEIGHT + 1))).toEqual(['TOO_LARGE input_schema'])
    expect(schemaFindings({ enum: ['x'.repeat(MAX_SCHEMA_WEIGHT * 8)] })).toEqual(['TOO_LARGE input_schema'])
    expect(schemaFindings({ description: 'x'.repeat(MAX_SCHEMA_WEIGHT * 8) })).toEqual([])
  })

  it('inputs and schema together are bounded', () => {
    const schema = { allOf: Array.from({ length: 999 }, () => ({})) }
    const inputs = (values: number) => ({ list: Array.from({ length: values - 2 }, () => 0) })
    expect(validateInputs(schema, inputs(MAX_INPUT_CHECKS / 1_000))).toEqual([])
    expect(validateInputs(schema, inputs(MAX_INPUT_CHECKS / 1_000 + 1))).toMatchObject([{ code: 'TOO_LARGE', path: 'inputs' }])
  })

  it('a great many inputs have one finding', () => {
    const schema = { properties: { list: { items: { maximum: 0 } } } }
    const inputs = (count: number) => ({ list: Array.from({ length: count - 2 }, () => 1) })
    const weight = 3
    expect(validateInputs(schema, inputs(Math.floor(MAX_INPUT_CHECKS_FOR_ALL / weight)))).toHaveLength(MAX_INPUT_ISSUES)
    expect(validateInputs(schema, inputs(MAX_INPUT_CHECKS_FOR_ALL / weight + 1))).toHaveLength(1)
  })

  it(`${MAX_INPUT_ISSUES} findings are enough`, () => {
    const inputs = (count: number) => ({ list: Array.from({ length: count }, () => 0) })
    const schema = { properties: { list: { items: { type: 'string' } } } }
    expect(validateInputs(schema, inputs(MAX_INPUT_ISSUES - 1))).toHaveLength(MAX_INPUT_ISSUES - 1)
    expect(validateInputs(schema, inputs(MAX_INPUT_ISSUES + 1))).toHaveLength(MAX_INPUT_ISSUES)
  })
})

describe('validateInputs', () => {
  const findings = (inputs: JsonObject) => validateInputs(ORDER, inputs).map(({ code, path }) => `${code} ${path}`)

  it.each<[string, JsonObject, string[]]>([
    ['fitting inputs', { customer: 'ann', items: [{ price: 1 }], kind: 'new' }, []],
    ['a missing one', {}, ['REQUIRED inputs']],
    ['a wrong type', { customer: 1 }, ['BAD_INPUT inputs.customer']],
    ['another value', { customer: 'a', kind: 'x' }, ['BAD_INPUT inputs.kind']],
    ['an unknown one', { customer: 'a', extra: 1 }, ['BAD_INPUT inputs', 'BAD_INPUT inputs.extra']],
    [
      'places deep inside',
      { customer: 'a', items: [{ price: 1 }, { price: -1, 'a/b': 1 }] },
      ['BAD_INPUT inputs.items[1].price', 'BAD_INPUT inputs.items[1]["a/b"]'],
    ],
  ])('%s', (_, inputs, expected) => {
    expect(findings(inputs)).toEqual(expected)
  })
})
