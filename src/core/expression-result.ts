// The end of an evaluation: its value as plain JSON of bounded size. A small expression can name one list a million times
// over, so the size is counted on the way, not after.
import type { Evaluation } from './expression-evaluation.ts'
import { Duration, Optional, Timestamp, type Value } from './expression-value.ts'
import { type Json, jsonByteLength } from './json.ts'
import { MAX_EXPRESSION_RESULT_BYTES, MAX_EXPRESSION_RESULT_DEPTH } from './limits.ts'

/** Most bytes of one UTF-16 unit in JSON text: `\u0000`. */
const MAX_BYTES_PER_CHARACTER = 6

/** JSON of a value; the same reference where it is JSON already. @throws ExpressionError */
export function toJson(value: Value, run: Evaluation): Json {
  if (value === null || typeof value === 'boolean') return value
  const counter = new SizeCounter(run)
  const json = counter.convert(value, 0)
  if (counter.atMostBytes > MAX_EXPRESSION_RESULT_BYTES && jsonByteLength(json) > MAX_EXPRESSION_RESULT_BYTES) {
    throw counter.tooLarge()
  }
  return json
}

class SizeCounter {
  readonly #run: Evaluation
  /** Bounds of the size as JSON text. Exact counting is left to the few results between them. */
  #atLeastBytes = 0
  atMostBytes = 0

  constructor(run: Evaluation) {
    this.#run = run
  }

  tooLarge() {
    return this.#run.error(`a result larger than ${MAX_EXPRESSION_RESULT_BYTES} bytes`)
  }

  convert(value: Value, depth: number): Json {
    if (depth > MAX_EXPRESSION_RESULT_DEPTH) throw this.#run.error(`a result nested deeper than ${MAX_EXPRESSION_RESULT_DEPTH}`)
    switch (typeof value) {
      case 'string':
        this.#countText(value)
        return value
      case 'number':
        if (!Number.isFinite(value)) throw this.#run.error('a number that is not finite')
        this.#count(1, 25)
        return value
      case 'boolean':
        this.#count(4, 5)
        return value
      default:
        return this.#convertObject(value, depth)
    }
  }

  #convertObject(value: Exclude<Value, string | number | boolean>, depth: number): Json {
    if (value === null) {
      this.#count(4, 4)
      return null
    }
    if (value instanceof Timestamp) return this.convert(new Date(value.ms).toISOString(), depth)
    if (value instanceof Duration) return this.convert(value.ms / 1000, depth)
    if (value instanceof Optional) {
      if (value.value !== undefined) return this.convert(value.value, depth)
      throw this.#run.error('the value is absent; end with `.orValue(default)`')
    }
    return isValueList(value) ? this.#convertList(value, depth) : this.#convertMap(value, depth)
  }

  #convertList(list: readonly Value[], depth: number): Json {
    this.#count(Math.max(2, list.length + 1))
    const converted = list.map((item) => this.convert(item, depth + 1))
    return unchanged(list, converted) ? list : converted
  }

  #convertMap(map: Readonly<Record<string, Value>>, depth: number): Json {
    const keys = Object.keys(map)
    this.#count(Math.max(2, keys.length * 2 + 1))
    const converted: [string, Json][] = []
    let same = true
    for (const key of keys) {
      this.#countText(key)
      const value = map[key] ?? null
      const json = this.convert(value, depth + 1)
      same &&= json === value
      converted.push([key, json])
    }
    return same ? (map as { readonly [key: string]: Json }) : Object.fromEntries(converted)
  }

  #countText(text: string): void {
    this.#count(text.length + 2, text.length * MAX_BYTES_PER_CHARACTER + 2)
  }

  #count(atLeast: number, atMost = atLeast): void {
    this.#atLeastBytes += atLeast
    this.atMostBytes += atMost
    if (this.#atLeastBytes > MAX_EXPRESSION_RESULT_BYTES) throw this.tooLarge()
  }
}

const isValueList = (value: object): value is readonly Value[] => Array.isArray(value)

/** Whether converting made nothing new; then the list is JSON as it stands. */
const unchanged = (list: readonly Value[], converted: readonly Json[]): list is readonly Json[] =>
  converted.every((item, index) => item === list[index])
