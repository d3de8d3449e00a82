// What a function of the expression language is, and how one reads its arguments. The table is `functions.ts`.
import type { ExpressionError } from './expression-error.ts'
import type { Evaluation } from './expression-evaluation.ts'
import { Duration, isList, isMap, kindOf, Timestamp, type Value, type ValueMap } from './expression-value.ts'
import { parseTime } from './iso-time.ts'
import type { Json } from './json.ts'

/** A row of the table. `f(a, b)` may also be written `a.f(b)`. */
export interface ExpressionFunction {
  readonly name: string
  /** `name: kind`; `name?: kind` may be left out; `...names: kind` are any number. */
  readonly parameters: readonly string[]
  readonly returns: string
  readonly summary: string
  /** Shown in the documentation, and run by a test. */
  readonly example: string
  readonly result: Json
  /** Of its arguments it reads no more than that they have items: what these refer to need not be loaded. */
  readonly readsOutermost?: boolean
  evaluate(args: Arguments, run: Evaluation): Value
}

/** The arguments of one call, read by place and kind. What does not fit is an error that names the function. */
export class Arguments {
  readonly values: readonly Value[]
  readonly #name: string
  readonly #run: Evaluation

  constructor(name: string, values: readonly Value[], run: Evaluation) {
    this.#name = name
    this.values = values
    this.#run = run
  }

  has(index: number): boolean {
    return index < this.values.length
  }

  value(index: number): Value {
    return this.values[index] ?? null
  }

  text(index: number): string {
    const value = this.value(index)
    if (typeof value !== 'string') throw this.#wrongKind(index, 'a string')
    this.#run.spendText(value.length)
    return value
  }

  number(index: number): number {
    const value = this.value(index)
    if (typeof value !== 'number') throw this.#wrongKind(index, 'a number')
    return value
  }

  integer(index: number): number {
    const value = this.number(index)
    if (!Number.isSafeInteger(value)) throw this.error(`needs a whole number, not ${value}`)
    return value
  }

  list(index: number): readonly Value[] {
    const value = this.value(index)
    if (!isList(value)) throw this.#wrongKind(index, 'a list')
    this.#run.spendItems(value.length)
    return value
  }

  map(index: number): ValueMap {
    const value = this.value(index)
    if (!isMap(value)) throw this.#wrongKind(index, 'a map')
    this.#run.spendItems(Object.keys(value).length)
    return value
  }

  /** A moment in ms, from a timestamp or ISO 8601 text. */
  time(index: number): number {
    const value = this.value(index)
    if (value instanceof Timestamp) return value.ms
    const ms = typeof value === 'string' ? parseTime(value) : null
    if (ms === null) throw this.#wrongKind(index, 'a time (ISO 8601 text or a timestamp)')
    return ms
  }

  /** A span in ms, from a number of seconds or a duration. */
  span(index: number): number {
    const value = this.value(index)
    return value instanceof Duration ? value.ms : this.number(index) * 1000
  }

  error(message: string): ExpressionError {
    return this.#run.error(`${this.#name}() ${message}`)
  }

  #wrongKind(index: number, wanted: string): ExpressionError {
    const value = this.value(index)
    const found = kindOf(value)
    const advice = found === 'optional' ? '; end it with `.orValue(default)`' : ''
    return this.error(`needs ${wanted} as argument ${index + 1}, not ${found}${advice}`)
  }
}
