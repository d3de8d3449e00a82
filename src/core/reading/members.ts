// Small moves on a JSON object that the readers of nodes, edges and settings share. Each answers a new object.
import type { JsonObject } from '../json.ts'

/** Without those of the named members that are null: editors write null for "not given". */
export const withoutNulls = (object: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key, value]) => value !== null || !names.includes(key)))

/** With the member `from` called `to`, unless there is a `to` already: then both stay. */
export function renamed(object: JsonObject, from: string, to: string): JsonObject {
  const { [from]: value, ...rest } = object
  return value === undefined || Object.hasOwn(object, to) ? object : { ...rest, [to]: value }
}

/** With numbers of the named members as text. */
export function withTextIds(object: JsonObject, names: readonly string[]): JsonObject {
  const numeric = names.filter((name) => typeof object[name] === 'number')
  return numeric.length === 0 ? object : { ...object, ...Object.fromEntries(numeric.map((name) => [name, String(object[name])])) }
}
