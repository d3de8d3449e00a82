// The operators of CEL over JSON numbers. Operands of the wrong kind are errors that name both kinds; equality never is.
import type { Evaluation } from './expression-evaluation.ts'
import { Duration, isList, isMap, kindOf, Timestamp, type Value } from './expression-value.ts'

export type BinaryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%'
type BinaryOperation = (left: Value, right: Value, run: Evaluation) => Value

/** IEEE arithmetic, except that what is not finite is an error, and that -0 is 0, as it is in JSON. */
function finite(result: number, run: Evaluation): number {
  if (Number.isFinite(result)) return result + 0
  throw run.error('a number that is not finite')
}

function mismatch(operator: string, left: Value, right: Value, run: Evaluation) {
  const kinds = [kindOf(left), kindOf(right)]
  const advice = operator === '+' && kinds.includes('string') ? '; make text with `string(…)`' : ''
  const absent = kinds.includes('optional') ? '; end optionals with `.orValue(default)`' : ''
  return run.error(`\`${operator}\` cannot take ${kinds[0]} and ${kinds[1]}${advice}${absent}`)
}

function arithmetic(operator: string, compute: (left: number, right: number) => number): BinaryOperation {
  return (left, right, run) => {
    if (typeof left === 'number' && typeof right === 'number') return finite(compute(left, right), run)
    throw mismatch(operator, left, right, run)
  }
}

function divided(operator: string, compute: (left: number, right: number) => number): BinaryOperation {
  const operation = arithmetic(operator, compute)
  return (left, right, run) => {
    if (right === 0) throw run.error('division by zero')
    return operation(left, right, run)
  }
}

function add(left: Value, right: Value, run: Evaluation): Value {
  if (typeof left === 'number' && typeof right === 'number') return finite(left + right, run)
  if (typeof left === 'string' && typeof right === 'string') {
    run.allowText(left.length + right.length)
    return left + right
  }
  if (isList(left) && isList(right)) {
    run.spendItems(left.length + right.length)
    return [...left, ...right]
  }
  if (left instanceof Duration && right instanceof Duration) return new Duration(left.ms + right.ms)
  if (left instanceof Timestamp && right instanceof Duration) return timestamp(left.ms + right.ms, run)
  if (left instanceof Duration && right instanceof Timestamp) return timestamp(left.ms + right.ms, run)
  throw mismatch('+', left, right, run)
}

function subtract(left: Value, right: Value, run: Evaluation): Value {
  if (typeof left === 'number' && typeof right === 'number') return finite(left - right, run)
  if (left instanceof Duration && right instanceof Duration) return new Duration(left.ms - right.ms)
  if (left instanceof Timestamp && right instanceof Timestamp) return new Duration(left.ms - right.ms)
  if (left instanceof Timestamp && right instanceof Duration) return timestamp(left.ms - right.ms, run)
  throw mismatch('-', left, right, run)
}

// The years 1 to 9999, as CEL has it: what ISO 8601 writes with four digits.
const FIRST_MS = -62_135_596_800_000
const LAST_MS = 253_402_300_799_999

/** @throws ExpressionError outside the years 1 to 9999 */
export function timestamp(ms: number, run: Evaluation): Timestamp {
  if (ms >= FIRST_MS && ms <= LAST_MS) return new Timestamp(Math.trunc(ms))
  throw run.error('a time outside the years 1 to 9999')
}

/** What `<` and the like compare: numbers, texts, booleans, times, durations, each with its own kind. */
function comparable(value: Value): number | string | undefined {
  if (typeof value === 'number' || typeof value === 'string') return value
  if (typeof value === 'boolean') return Number(value)
  return value instanceof Timestamp || value instanceof Duration ? value.ms : undefined
}

/** Negative, zero or positive as `left` sorts before, with or after `right`. @throws ExpressionError for other kinds or two of them */
export function compare(left: Value, right: Value, run: Evaluation, operator = '<'): number {
  const a = comparable(left)
  const b = comparable(right)
  if (a === undefined || b === undefined || kindOf(left) !== kindOf(right)) throw mismatch(operator, left, right, run)
  if (typeof a === 'string') run.spendText(a.length)
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Deep equality; values of different kinds are unequal. */
function equal(left: Value, right: Value, run: Evaluation): boolean {
  if (left === right) return true
  if (typeof left === 'string' && typeof right === 'string') {
    // Only equally long texts are compared character by character.
    if (left.length === right.length) run.spendText(left.length)
    return false
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (isList(left) && isList(right)) return equalLists(left, right, run)
  if (isMap(left) && isMap(right)) return equalMaps(left, right, run)
  if (left instanceof Timestamp && right instanceof Timestamp) return left.ms === right.ms
  if (left instanceof Duration && right instanceof Duration) return left.ms === right.ms
  return false
}

function equalLists(left: readonly Value[], right: readonly Value[], run: Evaluation): boolean {
  if (left.length !== right.length) return false
  run.spend(1)
  run.spendItems(left.length)
  return left.every((item, index) => equal(item, right[index] ?? null, run))
}

function equalMaps(left: Readonly<Record<string, Value>>, right: Readonly<Record<string, Value>>, run: Evaluation): boolean {
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  run.spend(1)
  run.spendItems(keys.length)
  return keys.every((key) => Object.hasOwn(right, key) && equal(left[key] ?? null, right[key] ?? null, run))
}

function isIn(item: Value, collection: Value, run: Evaluation): boolean {
  if (isMap(collection)) {
    const key = mapKey(item)
    return key !== undefined && Object.hasOwn(collection, key)
  }
  if (!isList(collection)) throw mismatch('in', item, collection, run)
  run.spendItems(collection.length)
  return collection.some((candidate) => equal(item, candidate, run))
}

/** The text of a key: JSON objects have no others. Undefined where a value is none. */
export const mapKey = (value: Value): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined

export const BINARY_OPERATIONS: Readonly<Record<BinaryOperator, BinaryOperation>> = {
  '==': equal,
  '!=': (left, right, run) => !equal(left, right, run),
  '<': (left, right, run) => compare(left, right, run, '<') < 0,
  '<=': (left, right, run) => compare(left, right, run, '<=') <= 0,
  '>': (left, right, run) => compare(left, right, run, '>') > 0,
  '>=': (left, right, run) => compare(left, right, run, '>=') >= 0,
  in: isIn,
  '+': add,
  '-': subtract,
  '*': arithmetic('*', (left, right) => left * right),
  '/': divided('/', (left, right) => left / right),
  '%': divided('%', (left, right) => left % right),
}

/** `-value` */
export function negate(value: Value, run: Evaluation): Value {
  if (typeof value === 'number') return 0 - value
  if (value instanceof Duration) return new Duration(-value.ms)
  throw run.error(`\`-\` cannot take ${kindOf(value)}`)
}

/** A value that has to be a boolean: sides of `&&` and `||`, tests of `?:`, predicates. */
export function mustBool(value: Value, what: string, run: Evaluation): boolean {
  if (typeof value === 'boolean') return value
  throw run.error(`${what} must be a bool, not ${kindOf(value)}`)
}
