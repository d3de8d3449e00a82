// Functions on lists and maps. Part of the table in `functions.ts`.
import type { Evaluation } from './expression-evaluation.ts'
import type { Arguments, ExpressionFunction } from './expression-function.ts'
import { compare } from './expression-operators.ts'
import { toJson } from './expression-result.ts'
import { isList, isMap, mapOf, type Value } from './expression-value.ts'
import { canonicalJson } from './json.ts'

/** The numbers of a list, or the arguments themselves: `max(list)`, `max(a, b)`. */
function numbers(args: Arguments): readonly number[] {
  const values = args.values.length === 1 && isList(args.value(0)) ? args.list(0) : args.values
  return values.map((value) => {
    if (typeof value !== 'number') throw args.error('takes numbers only')
    return value
  })
}

/** @throws ExpressionError where there is none */
function someNumbers(args: Arguments): readonly number[] {
  const some = numbers(args)
  if (some.length === 0) throw args.error('of an empty list')
  return some
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** The element at a place counted from an end. @throws ExpressionError where the list is empty */
function end(args: Arguments, index: 0 | -1): Value {
  const element = args.list(0).at(index)
  if (element === undefined) throw args.error('of an empty list')
  return element
}

function size(args: Arguments, run: Evaluation): number {
  const value = args.value(0)
  if (isList(value)) return value.length
  if (isMap(value)) return Object.keys(args.map(0)).length
  if (typeof value !== 'string') throw args.error('takes a string, a list or a map')
  run.spendText(value.length)
  // Code points, as CEL counts them.
  let count = 0
  for (const _character of value) count += 1
  return count
}

function unique(args: Arguments, run: Evaluation): Value {
  const seen = new Set<string>()
  return args.list(0).filter((item) => {
    const key = canonicalJson(toJson(item, run))
    run.spendText(key.length)
    return !seen.has(key) && seen.add(key) !== null
  })
}

function flatten(args: Arguments, run: Evaluation): Value {
  return args.list(0).flatMap((item) => {
    if (isList(item)) run.spendItems(item.length)
    return item
  })
}

function range(args: Arguments, run: Evaluation): Value {
  const count = args.integer(0)
  if (count < 0) throw args.error('takes no negative number')
  run.spend(count)
  return Array.from({ length: count }, (_, index) => index)
}

export const LIST_FUNCTIONS: readonly ExpressionFunction[] = [
  {
    name: 'size',
    parameters: ['value: string | list | map'],
    returns: 'number',
    summary: 'Characters of a text, items of a list, keys of a map.',
    example: 'size([1, 2, 3]) + "ab".size()',
    result: 5,
    readsOutermost: true,
    evaluate: size,
  },
  {
    name: 'sum',
    parameters: ['numbers: list'],
    returns: 'number',
    summary: 'The sum; 0 for an empty list.',
    example: 'sum([1, 2.5, 3])',
    result: 6.5,
    evaluate: (args) => total(numbers(args)),
  },
  {
    name: 'avg',
    parameters: ['numbers: list'],
    returns: 'number',
    summary: 'The arithmetic mean.',
    example: 'avg([1, 2, 6])',
    result: 3,
    evaluate: (args) => {
      const values = someNumbers(args)
      return total(values) / values.length
    },
  },
  {
    name: 'min',
    parameters: ['first: list | number', '...others: number'],
    returns: 'number',
    summary: 'The smallest of a list, or of the arguments.',
    example: 'min([3, 1, 2])',
    result: 1,
    evaluate: (args) => someNumbers(args).reduce((least, value) => Math.min(least, value)),
  },
  {
    name: 'max',
    parameters: ['first: list | number', '...others: number'],
    returns: 'number',
    summary: 'The greatest of a list, or of the arguments.',
    example: 'max(0, -5)',
    result: 0,
    evaluate: (args) => someNumbers(args).reduce((most, value) => Math.max(most, value)),
  },
  {
    name: 'sort',
    parameters: ['list: list'],
    returns: 'list',
    summary: 'Ascending: numbers, or strings by UTF-16 code unit.',
    example: 'sort([10, 9, 1])',
    result: [1, 9, 10],
    evaluate: (args, run) => args.list(0).toSorted((left, right) => compare(left, right, run)),
  },
  {
    name: 'unique',
    parameters: ['list: list'],
    returns: 'list',
    summary: 'Each value once, in order of first appearance. Compares deeply.',
    example: 'unique([1, 2, 1, {"a": 1}, {"a": 1}])',
    result: [1, 2, { a: 1 }],
    evaluate: unique,
  },
  {
    name: 'reverse',
    parameters: ['list: list'],
    returns: 'list',
    summary: 'In the opposite order.',
    example: 'reverse([1, 2, 3])',
    result: [3, 2, 1],
    evaluate: (args) => args.list(0).toReversed(),
  },
  {
    name: 'flatten',
    parameters: ['list: list'],
    returns: 'list',
    summary: 'The items of the lists in it, one level deep.',
    example: 'flatten([[1, 2], 3, [[4]]])',
    result: [1, 2, 3, [4]],
    evaluate: flatten,
  },
  {
    name: 'range',
    parameters: ['count: number'],
    returns: 'list',
    summary: 'The numbers from 0 up to, not including, `count`.',
    example: 'range(3).map(i, i * i)',
    result: [0, 1, 4],
    evaluate: range,
  },
  {
    name: 'first',
    parameters: ['list: list'],
    returns: 'any',
    summary: 'The first item. Where the list may be empty: `list[?0].orValue(default)`.',
    example: 'first(["a", "b"])',
    result: 'a',
    evaluate: (args) => end(args, 0),
  },
  {
    name: 'last',
    parameters: ['list: list'],
    returns: 'any',
    summary: 'The last item.',
    example: 'last(["a", "b"])',
    result: 'b',
    evaluate: (args) => end(args, -1),
  },
  {
    name: 'slice',
    parameters: ['list: list', 'start: number', 'end?: number'],
    returns: 'list',
    summary:
      'From `start` (0-based) up to, not including, `end`. Negative places count from the end; places past the end are the end.',
    example: 'slice([1, 2, 3, 4], 1, 3)',
    result: [2, 3],
    evaluate: (args) => args.list(0).slice(args.integer(1), args.has(2) ? args.integer(2) : undefined),
  },
  {
    name: 'keys',
    parameters: ['map: map'],
    returns: 'list',
    summary: 'The keys of an object.',
    example: 'keys({"a": 1, "b": 2})',
    result: ['a', 'b'],
    evaluate: (args) => Object.keys(args.map(0)),
  },
  {
    name: 'values',
    parameters: ['map: map'],
    returns: 'list',
    summary: 'The values of an object.',
    example: 'values({"a": 1, "b": 2})',
    result: [1, 2],
    evaluate: (args) => Object.values(args.map(0)),
  },
  {
    name: 'merge',
    parameters: ['first: map', '...others: map'],
    returns: 'map',
    summary: 'One object of several; later keys win. Not deep.',
    example: 'merge({"a": 1, "b": 1}, {"b": 2})',
    result: { a: 1, b: 2 },
    evaluate: (args) => mapOf(args.values.flatMap((_, index) => Object.entries(args.map(index)))),
  },
]
