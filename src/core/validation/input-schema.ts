// Checks that `input_schema`, and a schema in the config of a node, is JSON Schema 2020-12 as far as is needed: keywords of the right shape, references that lead
// somewhere, nothing that could keep an isolate busy. `pattern`, `patternProperties` and the like are refused: the library runs
// them on backtracking regular expressions, and `uniqueItems` compares every item with every other.
import { z } from 'zod'
import { type ConfigPath, formatPath } from '../config-path.ts'
import type { Issue } from '../definition.ts'
import { validateInputs } from '../input-schema.ts'
import { errorAt } from '../issue.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { MAX_SCHEMA_WEIGHT } from '../limits.ts'
import { schemasHeldBy, schemasIn } from '../schema-keywords.ts'
import { followReferences } from '../schema-references.ts'
import type { Subject } from './subject.ts'

const ROOT: ConfigPath = ['input_schema']

/** Every place where the schema is none; nothing where there is no schema. */
export function checkInputSchema(schema: JsonObject | undefined): Issue[] {
  if (schema === undefined) return []
  const issues = checkSchema(schema, ROOT)
  return issues.length > 0 ? issues : checkReferences(schema)
}

/** Where nodes have schemas in their configs. */
const SCHEMA_FIELDS: ReadonlyMap<string, string> = new Map([
  ['approval', 'form'],
  ['ai-processor', 'response_schema'],
])

/** The schemas of nodes, by the same rules. */
export const checkNodeSchemas = ({ nodes }: Subject): Issue[] =>
  nodes.flatMap(({ index, definition: { id, config }, type }) => {
    const field = SCHEMA_FIELDS.get(type?.type ?? '')
    const schema = field === undefined ? null : config[field]
    if (field === undefined || !isJsonObject(schema)) return []
    const place = formatPath(['nodes', index, 'config', field])
    return checkInputSchema(schema).map((issue) => ({
      ...issue,
      path: place + issue.path.slice(formatPath(ROOT).length),
      node_id: id,
    }))
  })

const typeName = z.enum(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])
const count = z.number().int().min(0)
const names = z.array(z.string())

const KEYWORDS: Readonly<Record<string, z.ZodType>> = {
  type: z.union([typeName, z.array(typeName)], { error: 'expected a type of JSON Schema, or a list of them' }),
  enum: z.array(z.unknown()),
  required: names,
  dependentRequired: z.record(z.string(), names),
  // `url` is no format of JSON Schema, and the library's expression for it backtracks without end.
  format: z.string().refine((format) => format !== 'url', { error: 'expected `uri`: there is no format `url`' }),
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
}

/** What 2020-12 has and is refused here, and what older drafts have and the library would follow unchecked. */
const NOT_SUPPORTED: ReadonlySet<string> = new Set([
  'pattern',
  'patternProperties',
  'uniqueItems',
  '$anchor',
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$recursiveAnchor',
  'dependencies',
  'additionalItems',
  '__absolute_ref__',
])

function checkSchema(schema: Json, path: ConfigPath): Issue[] {
  if (typeof schema === 'boolean') return []
  if (!isJsonObject(schema)) return [errorAt('BAD_SCHEMA', { path }, 'a schema is an object, true or false')]
  return Object.entries(schema).flatMap(([keyword, value]) => checkKeyword(keyword, value, [...path, keyword]))
}

function checkKeyword(keyword: string, value: Json, path: ConfigPath): Issue[] {
  if (NOT_SUPPORTED.has(keyword) || (keyword === '$id' && path.length > 2)) {
    return [errorAt('NOT_SUPPORTED', { path }, `\`${keyword}\` is not supported in input schemas`)]
  }
  const held = schemasHeldBy(keyword)
  if (held === 'list' && !Array.isArray(value)) return [errorAt('BAD_SCHEMA', { path }, `\`${keyword}\` is a list of schemas`)]
  if (held === 'map' && !isJsonObject(value)) return [errorAt('BAD_SCHEMA', { path }, `\`${keyword}\` is an object of schemas`)]
  if (held !== null) return schemasIn(keyword, value).flatMap(([below, member]) => checkSchema(member, [...path, ...below]))
  const problem = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword]?.safeParse(value).error?.issues[0] : undefined
  return problem === undefined ? [] : [errorAt('BAD_SCHEMA', { path }, problem.message)]
}

/** References that lead nowhere, back to themselves or to too much; and whatever else the library cannot evaluate. */
function checkReferences(schema: JsonObject): Issue[] {
  const { lost, weight } = followReferences(schema)
  if (lost.length > 0)
    return lost.map((reference) => errorAt('BAD_SCHEMA', { path: ROOT }, `the reference \`${reference}\` leads nowhere`))
  if (weight === Infinity) {
    return [errorAt('NOT_SUPPORTED', { path: ROOT }, 'a reference that leads back to itself is not supported in input schemas')]
  }
  if (weight > MAX_SCHEMA_WEIGHT) {
    const message = `${weight} schemas to go through, references followed; the limit is ${MAX_SCHEMA_WEIGHT}`
    return [errorAt('TOO_LARGE', { path: ROOT }, message)]
  }
  return validateInputs(schema, {}).filter(({ code }) => code === 'BAD_SCHEMA')
}
