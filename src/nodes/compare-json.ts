// A total order over JSON values, so that sorting a mixed list has one result on every machine:
// null, false, true, numbers, text by code unit, then lists and objects by their canonical text.
import type { Json } from '../core/json.ts'
import { canonicalJson } from '../core/json.ts'

/** Negative, zero or positive, for `Array.prototype.sort`. */
export function compareJson(left: Json, right: Json): number {
  const kinds = kindRank(left) - kindRank(right)
  if (kinds !== 0) return kinds
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  return compareText(canonicalJson(left), canonicalJson(right))
}

function kindRank(value: Json): number {
  if (value === null) return 0
  switch (typeof value) {
    case 'boolean':
      return 1
    case 'number':
      return 2
    case 'string':
      return 3
    default:
      return 4
  }
}

function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
