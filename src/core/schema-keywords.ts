// Which keywords of JSON Schema hold schemas. Validation reads them, and references lead nowhere else: what the library might
// look at beyond them has not been checked.
import type { ConfigPath } from './config-path.ts'
import { isJsonObject, type Json } from './json.ts'

const ONE: ReadonlySet<string> = new Set([
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
const LIST: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const MAP: ReadonlySet<string> = new Set(['properties', 'dependentSchemas', '$defs', 'definitions'])

/** Whether a keyword holds a schema, a list of them or an object of them; null where it holds none. */
export function schemasHeldBy(keyword: string): 'one' | 'list' | 'map' | null {
  if (ONE.has(keyword)) return 'one'
  if (LIST.has(keyword)) return 'list'
  return MAP.has(keyword) ? 'map' : null
}

/** The schemas in a keyword's value, with the path to each from there; empty where the value has not their shape. */
export function schemasIn(keyword: string, value: Json): (readonly [ConfigPath, Json])[] {
  const held = schemasHeldBy(keyword)
  if (held === 'one') return [[[], value]]
  if (held === 'list' && Array.isArray(value)) return value.map((member: Json, index) => [[index], member])
  if (held === 'map' && isJsonObject(value)) return Object.entries(value).map(([name, member]) => [[name], member])
  return []
}
