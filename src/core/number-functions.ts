// Functions on numbers, and those that change the kind of a value. Part of the table in `functions.ts`.
import type { Arguments, ExpressionFunction } from './expression-function.ts'
import { Duration, kindOf, Timestamp, type Value } from './expression-value.ts'

const MAX_DIGITS = 15

/** Half away from zero, on the decimal digits: round(1.005, 2) is 1.01, although 1.005 * 100 is 100.49999999999999. */
function round(args: Arguments): number {
  const value = args.number(0)
  const digits = args.has(1) ? args.integer(1) : 0
  if (digits < 0 || digits > MAX_DIGITS) throw args.error(`takes 0 to ${MAX_DIGITS} digits`)
  const text = String(Math.abs(value))
  // Past 1e21 nothing is left to round, below 1e-6 the text already has an exponent.
  const rounded = text.includes('e')
    ? Math.round(Math.abs(value) * 10 ** digits) / 10 ** digits
    : Number(`${Math.round(Number(`${text}e${digits}`))}e-${digits}`)
  return Math.sign(value) * (Number.isFinite(rounded) ? rounded : Math.abs(value)) + 0
}

const INTEGER = /^[+-]?\d+$/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

function parseNumber(args: Arguments, pattern: RegExp): number {
  const text = args.text(0)
  const value = pattern.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(value)) throw args.error(`cannot read a number in a text of ${text.length} characters`)
  return value
}

function toInteger(args: Arguments): number {
  const value = args.value(0)
  if (typeof value === 'string') return parseNumber(args, INTEGER)
  if (value instanceof Timestamp || value instanceof Duration) return Math.trunc(value.ms / 1000) + 0
  return Math.trunc(args.number(0)) + 0
}

function toText(args: Arguments): string {
  const value = args.value(0)
  if (value instanceof Timestamp) return new Date(value.ms).toISOString()
  if (value instanceof Duration) return `${value.ms / 1000}s`
  if (typeof value === 'object' && value !== null) throw args.error(`cannot take a ${kindOf(value)}; use to_json(…)`)
  return String(value)
}

const TRUTHS: Readonly<Record<string, boolean>> = {
  true: true,
  True: true,
  TRUE: true,
  t: true,
  '1': true,
  false: false,
  False: false,
  FALSE: false,
  f: false,
  '0': false,
}

function toBool(args: Arguments): Value {
  const value = args.value(0)
  if (typeof value === 'boolean') return value
  const text = args.text(0)
  const truth = Object.hasOwn(TRUTHS, text) ? TRUTHS[text] : undefined
  if (truth === undefined) throw args.error('takes "true" or "false"')
  return truth
}

export const NUMBER_FUNCTIONS: readonly ExpressionFunction[] = [
  {
    name: 'round',
    parameters: ['number: number', 'digits?: number'],
    returns: 'number',
    summary: 'To the nearest, halves away from zero; with digits, to that many decimals (at most 15).',
    example: 'round(1.005, 2)',
    result: 1.01,
    evaluate: round,
  },
  {
    name: 'floor',
    parameters: ['number: number'],
    returns: 'number',
    summary: 'The greatest whole number not above.',
    example: 'floor(-1.5)',
    result: -2,
    evaluate: (args) => Math.floor(args.number(0)),
  },
  {
    name: 'ceil',
    parameters: ['number: number'],
    returns: 'number',
    summary: 'The least whole number not below.',
    example: 'ceil(1.2)',
    result: 2,
    evaluate: (args) => Math.ceil(args.number(0)) + 0,
  },
  {
    name: 'abs',
    parameters: ['number: number'],
    returns: 'number',
    summary: 'Without its sign.',
    example: 'abs(-3)',
    result: 3,
    evaluate: (args) => Math.abs(args.number(0)),
  },
  {
    name: 'int',
    parameters: ['value: number | string | timestamp | duration'],
    returns: 'number',
    summary: 'A whole number: fractions are cut off, text is read, times become seconds since 1970.',
    example: 'int(5 / 2) + int("40")',
    result: 42,
    evaluate: toInteger,
  },
  {
    name: 'double',
    parameters: ['value: number | string'],
    returns: 'number',
    summary: 'A number read from text.',
    example: 'double("2.5")',
    result: 2.5,
    evaluate: (args) => (typeof args.value(0) === 'string' ? parseNumber(args, NUMBER) : args.number(0)),
  },
  {
    name: 'string',
    parameters: ['value: string | number | bool | null | timestamp | duration'],
    returns: 'string',
    summary: 'As text.',
    example: 'string(1) + "/" + string(1.5)',
    result: '1/1.5',
    evaluate: toText,
  },
  {
    name: 'bool',
    parameters: ['value: bool | string'],
    returns: 'bool',
    summary: 'A bool read from text.',
    example: 'bool("true")',
    result: true,
    evaluate: toBool,
  },
  {
    name: 'type',
    parameters: ['value: any'],
    returns: 'string',
    summary: 'The kind as text: `null`, `bool`, `number`, `string`, `list`, `map`, `timestamp`, `duration`, `optional`.',
    example: 'type([1]) == "list"',
    result: true,
    evaluate: (args) => kindOf(args.value(0)),
  },
]
