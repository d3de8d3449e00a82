import { describe, expect, it } from 'vitest'
import { validateAnswer } from '../../src/core/input-schema.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { syntheticValue } from '../../src/nodes/synthetic-value.ts'

/** Beside each schema what is made up for it; every one fits. */
const CASES: readonly (readonly [string, JsonObject, unknown])[] = [
  ['nothing asked', {}, 'synthetic'],
  ['a constant', { const: { a: 1 } }, { a: 1 }],
  ['one of some words', { type: 'string', enum: ['happy', 'sad'] }, 'happy'],
  ['a default', { type: 'number', default: 7 }, 7],
  ['an example', { type: 'string', examples: ['ada'] }, 'ada'],
  [
    'an object',
    { type: 'object', properties: { mood: { enum: ['good'] }, n: { type: 'integer' } }, required: ['mood', 'other'] },
    { mood: 'good', n: 1, other: 'synthetic' },
  ],
  ['an object by its members alone', { properties: { a: { type: 'boolean' } } }, { a: true }],
  ['a list', { type: 'array', items: { type: 'null' }, minItems: 2 }, [null, null]],
  ['a list that begins so', { type: 'array', prefixItems: [{ const: 1 }, { const: 2 }], items: false }, [1, 2]],
  ['an empty list', { type: 'array', items: { type: 'string' }, maxItems: 0 }, []],
  ['a number within bounds', { type: 'number', minimum: 10, maximum: 20 }, 10],
  ['a number below a bound', { type: 'number', maximum: -3 }, -3],
  ['an integer above a bound', { type: 'integer', exclusiveMinimum: 5 }, 6],
  ['a multiple', { type: 'integer', multipleOf: 7, minimum: 8 }, 14],
  ['a long text', { type: 'string', minLength: 12 }, 'synthetic...'],
  ['a short text', { type: 'string', maxLength: 3 }, 'syn'],
  ['a date', { type: 'string', format: 'date-time' }, '2026-01-01T00:00:00Z'],
  ['one of several types', { type: ['null', 'integer'] }, 1],
  ['one of several schemas', { anyOf: [{ type: 'integer' }, { type: 'string' }] }, 1],
  ['exactly one of several', { oneOf: [{ type: 'boolean' }, { type: 'string' }] }, true],
  [
    'all of several',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
        { type: 'object', properties: { b: { type: 'boolean' } }, required: ['b'] },
      ],
    },
    { a: 1, b: true },
  ],
  [
    'what a reference leads to',
    { $defs: { name: { type: 'string' } }, type: 'object', properties: { first: { $ref: '#/$defs/name' } } },
    { first: 'synthetic' },
  ],
]

describe('a value made up for a schema', () => {
  it.each(CASES)('%s', (_, schema, value) => {
    expect(syntheticValue(schema)).toEqual(value)
    expect(validateAnswer(schema, syntheticValue(schema))).toEqual([])
  })

  it('is bounded, whatever the schema asks for', () => {
    let schema: JsonObject = { type: 'string', minLength: 1_000_000 }
    for (let depth = 0; depth < 6; depth += 1) schema = { type: 'array', items: schema, minItems: 1_000_000 }
    expect(JSON.stringify(syntheticValue(schema)).length).toBeLessThan(2_000_000)
    const made = syntheticValue({ type: 'array', items: { type: 'array', items: {}, minItems: 100 }, minItems: 200 })
    expect(made).toHaveLength(100)
  })
})
