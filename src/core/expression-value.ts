// What an expression computes with: JSON, and three kinds that live only inside an evaluation. `expression-result.ts`
// turns them into JSON at its end.

/** Kinds that JSON does not have. */
abstract class NotJson {
  abstract readonly kind: 'timestamp' | 'duration' | 'optional'
}

/** A moment, ms since the epoch. As a result: ISO 8601 text. */
export class Timestamp extends NotJson {
  readonly kind = 'timestamp'
  readonly ms: number
  constructor(ms: number) {
    super()
    this.ms = ms
  }
}

/** A span of time. As a result: a number of seconds. */
export class Duration extends NotJson {
  readonly kind = 'duration'
  readonly ms: number
  constructor(ms: number) {
    super()
    this.ms = ms
  }
}

/** What `.?name`, `[?key]` and `optional.of` give: a value or its absence. */
export class Optional extends NotJson {
  static readonly none = new Optional(undefined)
  readonly kind = 'optional'
  /** Undefined: absent. */
  readonly value: Value | undefined
  constructor(value: Value | undefined) {
    super()
    this.value = value
  }
}

export interface ValueMap {
  readonly [key: string]: Value
}
export type Value = null | boolean | number | string | readonly Value[] | ValueMap | Timestamp | Duration | Optional

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

export const isMap = (value: Value): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NotJson)

/** The kind of a value as messages and `type()` call it. */
export function kindOf(value: Value): string {
  if (value === null) return 'null'
  if (isList(value)) return 'list'
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof NotJson) return value.kind
  return typeof value === 'object' ? 'map' : typeof value
}

/** An object of these entries. `__proto__` becomes a key like any other. */
export function mapOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries(entries)
}
