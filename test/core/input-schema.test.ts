import { describe, expect, it } from 'vitest'
import { validateInputs } from '../../src/core/input-schema.ts'
import type { JsonObject } from '../../src/core/json.ts'
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
        properties: { a: 3, b: { type: ['string', 'text'] }, c: { pattern: '(' }, d: { minLength: -1 } },
        anyOf: {},
        allOf: [true, { not: 1 }],
        patternProperties: [],
        items: [],
        $defs: { x: { $ref: 'https://example.com/schema' } },
      }),
    ).toEqual([
      'BAD_SCHEMA input_schema.type',
      'BAD_SCHEMA input_schema.required',
      'BAD_SCHEMA input_schema.properties.a',
      'BAD_SCHEMA input_schema.properties.b.type',
      'BAD_SCHEMA input_schema.properties.c.pattern',
      'BAD_SCHEMA input_schema.properties.d.minLength',
      'BAD_SCHEMA input_schema.anyOf',
      'BAD_SCHEMA input_schema.allOf[1].not',
      'BAD_SCHEMA input_schema.patternProperties',
      'BAD_SCHEMA input_schema.items',
      'BAD_SCHEMA input_schema.$defs.x.$ref',
    ])
  })

  it.each<[string, JsonObject, string]>([
    ['a reference to nowhere', { properties: { a: { $ref: '#/$defs/nope' } } }, 'the reference `#/$defs/nope` leads nowhere'],
    ['a reference to itself', { $ref: '#' }, 'the schema cannot be evaluated'],
    [
      'an $id used twice',
      { $defs: { a: { $id: 'urn:x' }, b: { $id: 'urn:x', type: 'null' } } },
      'the schema cannot be evaluated',
    ],
  ])('refuses %s', (_, schema, message) => {
    expect(checkInputSchema(schema)).toMatchObject([
      { code: 'BAD_SCHEMA', path: 'input_schema', message: expect.stringContaining(message) },
    ])
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

  it('answers where the schema leads round in circles', () => {
    const schema = { properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { $ref: '#/$defs/a' } } }
    expect(checkInputSchema(schema)).toEqual([])
    expect(validateInputs(schema, { a: 1 })).toMatchObject([{ code: 'BAD_SCHEMA', path: 'input_schema' }])
  })
})
