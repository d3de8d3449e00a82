// `input_schema`: JSON Schema 2020-12 for the inputs of a start. Checked itself when a definition is validated, and held
// against the inputs by whoever starts an execution.
import { dereference, type OutputUnit, type Schema, Validator } from '@cfworker/json-schema'
import { z } from 'zod'
import type { ConfigPath } from './config-path.ts'
import type { Issue } from './definition.ts'
import { errorAt } from './issue.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

const DRAFT = '2020-12'
const ROOT: ConfigPath = ['input_schema']

/** Keywords whose errors only say that one below them was found. */
const WRAPPERS = new Set(['properties', 'patternProperties', 'items', 'prefixItems', '$ref', 'allOf'])

/** Every place where the schema is none; nothing where there is no schema. */
export function checkInputSchema(schema: JsonObject | undefined): Issue[] {
  if (schema === undefined) return []
  const issues = checkSchema(schema, ROOT)
  return issues.length > 0 ? issues : checkReferences(schema)
}

/** Holds inputs against a schema that has passed `checkInputSchema`. Paths begin with `inputs`. */
export function validateInputs(schema: JsonObject, inputs: JsonObject): Issue[] {
  try {
    const { errors } = new Validator(copyOf(schema), DRAFT, false).validate(inputs)
    return errors.filter(({ keyword }) => !WRAPPERS.has(keyword)).map(inputIssue)
  } catch (error) {
    // A `$ref` that leads back to itself without consuming anything overflows the stack.
    return [errorAt('BAD_SCHEMA', { path: ROOT }, `the schema cannot be evaluated: ${messageOf(error)}`)]
  }
}

function inputIssue({ keyword, instanceLocation, error }: OutputUnit): Issue {
  const path = instanceLocation.split('/').slice(1).map(decodePointer)
  return errorAt(keyword === 'required' ? 'REQUIRED' : 'BAD_INPUT', { path: ['inputs', ...path] }, error)
}

/** The library percent-encodes what JSON pointers escape. */
const decodePointer = (part: string): string => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')

/** The library writes into the schemas it is given. */
const copyOf = (schema: JsonObject): Schema => structuredClone(schema) as Schema

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

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

/** References that lead nowhere, and those that the library trips over at once. */
function checkReferences(schema: JsonObject): Issue[] {
  const copy = copyOf(schema)
  try {
    const lookup = dereference(copy)
    const broken = schemasWithin(lookup).filter(
      ({ __absolute_ref__: target }) => target !== undefined && lookup[target] === undefined,
    )
    if (broken.length > 0) {
      return broken.map(({ $ref }) => errorAt('BAD_SCHEMA', { path: ROOT }, `the reference \`${$ref}\` leads nowhere`))
    }
    new Validator(copyOf(schema), DRAFT).validate({})
    return []
  } catch (error) {
    return [errorAt('BAD_SCHEMA', { path: ROOT }, `the schema cannot be evaluated: ${messageOf(error)}`)]
  }
}

const schemasWithin = (lookup: ReturnType<typeof dereference>): Schema[] => [
  ...new Set(Object.values(lookup).filter((schema) => typeof schema === 'object')),
]
