// Names the kind of a JSON value in error messages. The value itself is left out: payloads stay out of logs.
import type { Json } from '../core/json.ts'

export function describeJson(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  const kinds: Record<string, string> = { boolean: 'a boolean', number: 'a number', string: 'text' }
  return kinds[typeof value] ?? 'an object'
}
