// What a model is told of node types and functions: the data of `GET /node-types`, without what a model can do without.
import { z } from 'zod'
import { FUNCTIONS } from '../../core/functions.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { NodeType, NodeTypes } from '../../core/node-type.ts'

export const typeGuide = ({ all }: NodeTypes): string => all.map(describeType).join('\n')

export const functionGuide = (): string =>
  FUNCTIONS.map(
    ({ name, parameters }) => `${name}(${parameters.map((parameter) => parameter.replace(/:.*$/, '')).join(', ')})`,
  ).join(', ')

/** Types in which strings may name `secrets`. */
export const secretTypes = ({ all }: NodeTypes): string =>
  all.flatMap((type) => (type.kind === 'handed_off' && type.takesSecrets === true ? [type.type] : [])).join(', ')

function describeType(type: NodeType): string {
  const schema = compact(z.toJSONSchema(type.config, { unrepresentable: 'any', io: 'input' }) as JsonObject)
  const lines = [
    `## ${type.type}`,
    type.summary,
    `ports: ${type.ports(type.example).join(', ')}`,
    `example config: ${JSON.stringify(type.example)}`,
    `config schema: ${JSON.stringify(schema)}`,
    ...(type.expressions.length > 0 ? [`bare expressions: ${type.expressions.join(', ')}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** What every schema here has, and what costs more words than it helps. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  '$schema',
  'additionalProperties',
  'propertyNames',
  'pattern',
  'minLength',
  'maxLength',
])

function compact(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(compact)
  if (!isJsonObject(schema)) return schema
  const kept = Object.entries(schema).filter(([name, value]) => !LEFT_OUT.has(name) && value !== Number.MAX_SAFE_INTEGER)
  return Object.fromEntries(kept.map(([name, value]) => [name, name === 'properties' ? compactEach(value) : compact(value)]))
}

/** Here the names are those of a config. */
const compactEach = (properties: Json): Json =>
  isJsonObject(properties)
    ? Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, compact(schema)]))
    : properties
