// Makes up a value that fits a JSON Schema, as far as one can be found without searching: a dry run gives it in the place of a model's
// answer. The schema has passed validation, which bounds it and refuses references that lead back to themselves. Pure.
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { valueAt } from '../core/value-at.ts'

/** What a schema may ask for is bounded by nothing; what is made up is. */
const MAX_MADE_UP_ITEMS = 100
const MAX_MADE_UP_VALUES = 1_000
const MAX_MADE_UP_CHARACTERS = 1_000

const TEXT = 'synthetic'

/** Of texts that are not just any. */
const BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'PT1H',
  email: 'synthetic@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  'uri-reference': '/synthetic',
  uuid: '00000000-0000-4000-8000-000000000000',
}

interface Making {
  readonly root: JsonObject
  /** Values that may still be made: lists of lists multiply. */
  left: number
}

export const syntheticValue = (schema: JsonObject): Json => makeUp(schema, { root: schema, left: MAX_MADE_UP_VALUES })

function makeUp(schema: Json, making: Making): Json {
  making.left -= 1
  if (!isJsonObject(schema) || making.left < 0) return TEXT
  const { $ref: reference, allOf, anyOf = schema.oneOf } = schema
  const given = givenValue(schema)
  if (given !== undefined) return given
  if (typeof reference === 'string') return makeUp(target(reference, making), making)
  if (Array.isArray(anyOf) && anyOf[0] !== undefined) return makeUp(merged([schema, anyOf[0]], ['anyOf', 'oneOf']), making)
  if (Array.isArray(allOf))
    return makeUp(merged([schema, ...allOf.map((part: Json) => followed(part, making))], ['allOf']), making)
  return typedValue(schema, making)
}

/** What the schema itself names. */
function givenValue({ const: constant, enum: words, default: byDefault, examples }: JsonObject): Json | undefined {
  if (constant !== undefined) return constant
  if (Array.isArray(words) && words.length > 0) return words[0]
  if (byDefault !== undefined) return byDefault
  return Array.isArray(examples) ? examples[0] : undefined
}

/** `#/$defs/name` */
const target = (reference: string, { root }: Making): Json =>
  valueAt(
    root,
    reference
      .split('/')
      .slice(1)
      .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')),
  ) ?? {}

const followed = (schema: Json, making: Making): Json =>
  isJsonObject(schema) && typeof schema.$ref === 'string' ? target(schema.$ref, making) : schema

/** Parts of which all hold, as one schema. */
function merged(parts: readonly Json[], without: readonly string[]): JsonObject {
  const objects = parts.filter(isJsonObject)
  const first = Object.fromEntries(Object.entries(objects[0] ?? {}).filter(([keyword]) => !without.includes(keyword)))
  let whole: JsonObject = first
  for (const part of objects.slice(1)) {
    const { properties, required } = whole
    whole = {
      ...whole,
      ...part,
      ...(isJsonObject(properties) && isJsonObject(part.properties) && { properties: { ...properties, ...part.properties } }),
      ...(Array.isArray(required) && Array.isArray(part.required) && { required: [...required, ...part.required] }),
    }
  }
  return whole
}

function typedValue(schema: JsonObject, making: Making): Json {
  switch (typeOf(schema)) {
    case 'object':
      return objectOf(schema, making)
    case 'array':
      return listOf(schema, making)
    case 'integer':
    case 'number':
      return numberOf(schema)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return textOf(schema)
  }
}

function typeOf({ type, properties, required, items, prefixItems, minimum, maximum }: JsonObject): Json {
  const named = Array.isArray(type) ? (type.find((name: Json) => name !== 'null') ?? 'null') : type
  if (named !== undefined) return named
  if (properties !== undefined || required !== undefined) return 'object'
  if (items !== undefined || prefixItems !== undefined) return 'array'
  return minimum !== undefined || maximum !== undefined ? 'number' : 'string'
}

function objectOf({ properties, required }: JsonObject, making: Making): JsonObject {
  const known = isJsonObject(properties) ? properties : {}
  const names = Array.isArray(required) ? required.filter((name: Json) => typeof name === 'string') : []
  return Object.fromEntries(
    [...new Set([...Object.keys(known), ...names])].map((name): [string, Json] => [
      name,
      makeUp(Object.hasOwn(known, name) ? (known[name] ?? {}) : {}, making),
    ]),
  )
}

function listOf({ prefixItems, items, minItems, maxItems }: JsonObject, making: Making): Json {
  const first = Array.isArray(prefixItems) ? prefixItems : []
  const wanted = Math.max(first.length, typeof minItems === 'number' ? minItems : 0, items === undefined ? 0 : 1)
  const count = Math.min(wanted, typeof maxItems === 'number' ? maxItems : wanted, MAX_MADE_UP_ITEMS)
  return Array.from({ length: count }, (_, index) => makeUp(first[index] ?? items ?? {}, making))
}

function numberOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, type }: JsonObject): number {
  const step = typeof multipleOf === 'number' ? multipleOf : type === 'integer' ? 1 : null
  const least =
    typeof exclusiveMinimum === 'number' ? exclusiveMinimum + (step ?? Math.abs(exclusiveMinimum) * 1e-6 + 1e-6) : minimum
  const most =
    typeof exclusiveMaximum === 'number' ? exclusiveMaximum - (step ?? Math.abs(exclusiveMaximum) * 1e-6 + 1e-6) : maximum
  const near = Math.min(Math.max(1, typeof least === 'number' ? least : 1), typeof most === 'number' ? most : Infinity)
  if (step === null) return near
  const above = Math.ceil(near / step) * step
  return typeof most === 'number' && above > most ? Math.floor(near / step) * step : above
}

function textOf({ format, minLength, maxLength }: JsonObject): string {
  const text = (typeof format === 'string' && Object.hasOwn(BY_FORMAT, format) ? BY_FORMAT[format] : undefined) ?? TEXT
  const least = typeof minLength === 'number' ? Math.min(minLength, MAX_MADE_UP_CHARACTERS) : 0
  return text.padEnd(least, '.').slice(0, typeof maxLength === 'number' ? maxLength : undefined)
}
