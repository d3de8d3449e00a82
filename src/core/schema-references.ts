// Follows the references of an input schema and weighs what an evaluation goes through: a schema counts once per way that leads
// to it. Thirty definitions that each name the next one twice are a billion ways, and JSON Schema has no other bound.
import type { Schema } from '@cfworker/json-schema'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { schemasIn } from './schema-keywords.ts'
import { valueAt } from './value-at.ts'

export interface SchemaReferences {
  /** What each `$ref` leads to. */
  readonly targets: Record<string, Schema | boolean>
  /** The `$ref`s that lead to no schema. */
  readonly lost: readonly string[]
  /** Steps of evaluating one value, at most; infinite where a reference leads back to itself. */
  readonly weight: number
}

/** Nesting of schemas and references: the weighing recurses, and so does the evaluation. */
const MAX_DEPTH = 500
/** Keywords whose values are compared with, and repeated in messages: so much JSON of them counts as one schema. */
const LISTS: ReadonlySet<string> = new Set(['enum', 'const', 'required', 'dependentRequired', 'type'])
const CHARACTERS_PER_STEP = 8

export function followReferences(root: JsonObject): SchemaReferences {
  const schemas = new Set(schemasWithin(root))
  const targets: Record<string, Schema | boolean> = Object.create(null)
  const lost: string[] = []
  const weights = new Map<Json, number>()

  const weigh = (schema: Json, depth: number): number => {
    if (!isJsonObject(schema)) return 1
    if (depth > MAX_DEPTH) return Infinity
    const known = weights.get(schema)
    if (known !== undefined) return known
    weights.set(schema, Infinity) // For references that lead back here.
    let weight = 1
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === '$ref' && typeof value === 'string') weight += weighReference(value, depth)
      else if (LISTS.has(keyword)) weight += Math.floor(JSON.stringify(value).length / CHARACTERS_PER_STEP)
      else for (const [, member] of schemasIn(keyword, value)) weight += weigh(member, depth + 1)
    }
    weights.set(schema, weight)
    return weight
  }

  const weighReference = (reference: string, depth: number): number => {
    const target = resolve(root, reference)
    if (typeof target !== 'boolean' && !(isJsonObject(target) && schemas.has(target))) {
      lost.push(reference)
      return 1
    }
    // JSON that validation has found to be a schema.
    targets[reference] = target as Schema | boolean
    return weigh(target, depth + 1)
  }

  const weight = weigh(root, 0)
  return { targets, lost, weight }
}

function schemasWithin(root: JsonObject): JsonObject[] {
  const found = [root]
  for (const schema of found) {
    for (const [keyword, value] of Object.entries(schema)) {
      for (const [, member] of schemasIn(keyword, value)) if (isJsonObject(member)) found.push(member)
    }
  }
  return found
}

/** `#/$defs/item` is a JSON pointer into the schema itself. */
function resolve(root: JsonObject, reference: string): Json | undefined {
  const [start, ...parts] = reference.split('/')
  if (start !== '#') return undefined
  try {
    return valueAt(
      root,
      parts.map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')),
    )
  } catch {
    return undefined // `%` that encodes nothing.
  }
}
