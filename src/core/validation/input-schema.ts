// Checks that `input_schema` is JSON Schema 2020-12 as far as inputs need it: keywords of the right shape, references that lead
// somewhere, nothing that the library cannot evaluate.
import { dereference, type Schema } from '@cfworker/json-schema'
import { z } from 'zod'
import type { ConfigPath } from '../config-path.ts'
import type { Issue } from '../definition.ts'
import { copyOfSchema, validateInputs } from '../input-schema.ts'
import { errorAt } from '../issue.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'

const ROOT: ConfigPath = ['input_schema']

/** Every place where the schema is none; nothing where there is no schema. */
export function checkInputSchema(schema: JsonObject | undefined): Issue[] {
  if (schema === undefined) return []
  const issues = checkSchema(schema, ROOT)
  return issues.length > 0 ? issues : checkReferences(schema)
}

const typeName = z.enum(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])
const count = z.number().int().min(0)
const names = z.array(z.string())

const KEYWORDS: Readonly<Record<string, z.ZodType>> = {
  type: z.union([typeName, z.array(typeName)], { error: 'expected a type of JSON Schema, or a list of them' }),
  enum: z.array(z.unknown()),
  required: names,
  dependentRequired: z.record(z.string(), names),
  pattern: z.string().refine(isRegExp, { error: 'expected a regular expression' }),
  format: z.string(),
  $ref: z.string().startsWith('#', { error: 'only references within the schema are followed: `#/$defs/…`' }),
  minimum: z.number(),
  maximum: z.number(),
  exclusiveMinimum: z.number(),
  exclusiveMaximum: z.number(),
  multipleOf: z.number().positive(),
  minLength: count,
  maxLength: count,
  minItems: count,
  maxItems: count,
  minContains: count,
  maxContains: count,
  minProperties: count,
  maxProperties: count,
  uniqueItems: z.boolean(),
}

const SCHEMA_KEYWORDS = new Set([
  'items',
  'contains',
  'additionalProperties',
  'unevaluatedItems',
  'unevaluatedProperties',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
])
const LIST_KEYWORDS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const MAP_KEYWORDS = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])

function checkSchema(schema: Json, path: ConfigPath): Issue[] {
  if (typeof schema === 'boolean') return []
  if (!isJsonObject(schema)) return [errorAt('BAD_SCHEMA', { path }, 'a schema is an object, true or false')]
  return Object.entries(schema).flatMap(([keyword, value]) => checkKeyword(keyword, value, [...path, keyword]))
}

function checkKeyword(keyword: string, value: Json, path: ConfigPath): Issue[] {
  if (SCHEMA_KEYWORDS.has(keyword)) return checkSchema(value, path)
  if (LIST_KEYWORDS.has(keyword)) {
    if (!Array.isArray(value)) return [errorAt('BAD_SCHEMA', { path }, `\`${keyword}\` is a list of schemas`)]
    return value.flatMap((member: Json, index) => checkSchema(member, [...path, index]))
  }
  if (MAP_KEYWORDS.has(keyword)) {
    if (!isJsonObject(value)) return [errorAt('BAD_SCHEMA', { path }, `\`${keyword}\` is an object of schemas`)]
    return Object.entries(value).flatMap(([name, member]) => checkSchema(member, [...path, name]))
  }
  const problem = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword]?.safeParse(value).error?.issues[0] : undefined
  return problem === undefined ? [] : [errorAt('BAD_SCHEMA', { path }, problem.message)]
}

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u')
    return true
  } catch {
    return false
  }
}

/** References that lead nowhere, and what the library trips over at once: one that leads back to itself, an `$id` twice. */
function checkReferences(schema: JsonObject): Issue[] {
  const lost = findLostReferences(schema)
  if (lost.length > 0)
    return lost.map((reference) => errorAt('BAD_SCHEMA', { path: ROOT }, `the reference \`${reference}\` leads nowhere`))
  return validateInputs(schema, {}).filter(({ code }) => code === 'BAD_SCHEMA')
}

function findLostReferences(schema: JsonObject): string[] {
  const lookup = lookUpSchemas(schema)
  const schemas = new Set(Object.values(lookup).filter((found) => typeof found === 'object'))
  return [...schemas].flatMap(({ $ref, __absolute_ref__: target }) =>
    $ref === undefined || target === undefined || lookup[target] !== undefined ? [] : [$ref],
  )
}

function lookUpSchemas(schema: JsonObject): Record<string, Schema | boolean> {
  try {
    return dereference(copyOfSchema(schema))
  } catch {
    return {} // Evaluation meets the same trouble, and reports it.
  }
}
