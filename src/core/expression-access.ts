// Reading names, fields and elements. Only own properties exist, so no expression reaches a prototype; what is absent is
// named, together with the way to expect it.
import type { Evaluation } from './expression-evaluation.ts'
import { mapKey } from './expression-operators.ts'
import { isList, isMap, kindOf, Optional, type Value } from './expression-value.ts'
import { SCOPE_NAMES } from './reserved-names.ts'

/** How the source writes the thing that is read, for messages. Called only for those. */
export type Written = () => string

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `name` */
export function readName(name: string, run: Evaluation): Value {
  if (Object.hasOwn(run.scope, name)) return run.scope[name] ?? null
  if (SCOPE_NAMES.has(name)) throw run.error(`"${name}" does not exist here`)
  const advice = Object.hasOwn(run.scope, 'variables')
    ? `; where it may be absent, write \`variables.?${name}.orValue(default)\``
    : ''
  throw run.error(`unknown name "${name}"${advice}`)
}

/** `value.key` and `value[key]`. After an optional the answer is an optional too. */
export function readKey(value: Value, key: Value, run: Evaluation, written: Written): Value {
  if (value instanceof Optional) return readOptional(value, key, run, written)
  const container = run.open(value)
  const found = lookUp(container, key, run, written)
  if (found !== undefined) return found
  if (isList(container))
    throw run.lackError(container, `no element ${String(key)} in ${written()}, which has ${container.length}`)
  throw run.lackError(container, `no key "${String(key)}" in ${written()}${orValueAdvice(key, written)}`)
}

/** `value.?key` and `value[?key]`. The fields of null are absent. */
export function readOptional(value: Value, key: Value, run: Evaluation, written: Written): Optional {
  const present = value instanceof Optional ? value.value : value
  if (present === undefined || present === null) return Optional.none
  const found = lookUp(run.open(present), key, run, written)
  return found === undefined ? Optional.none : new Optional(found)
}

/** `has(value.key)` */
export function hasKey(value: Value, key: string, run: Evaluation, written: Written): boolean {
  return readOptional(value, key, run, written).value !== undefined
}

/** Undefined where there is no such key or element. */
function lookUp(value: Value, key: Value, run: Evaluation, written: Written): Value | undefined {
  if (isMap(value)) return lookUpMap(value, key, run, written)
  if (isList(value)) {
    if (typeof key === 'number' && Number.isInteger(key)) return key >= 0 ? value[key] : undefined
    if (typeof key === 'string') throw run.lackError(value, `cannot read "${key}" of ${written()}: it is a list`)
    throw run.error(`the index of ${written()} must be a whole number, not ${typeof key === 'number' ? key : kindOf(key)}`)
  }
  const advice = value === null ? orValueAdvice(key, written) : ''
  throw run.lackError(
    value,
    `cannot read "${mapKey(key) ?? kindOf(key)}" of ${written()}: it is ${value === null ? 'null' : `a ${kindOf(value)}`}${advice}`,
  )
}

function lookUpMap(map: Readonly<Record<string, Value>>, key: Value, run: Evaluation, written: Written): Value | undefined {
  const name = mapKey(key)
  if (name === undefined) throw run.error(`a key of ${written()} cannot be ${kindOf(key)}`)
  return Object.hasOwn(map, name) ? map[name] : undefined
}

function orValueAdvice(key: Value, written: Written): string {
  const access = typeof key === 'string' && IDENTIFIER.test(key) ? `.?${key}` : `[?${JSON.stringify(key)}]`
  return `; where it may be absent, write \`${written()}${access}.orValue(default)\``
}
