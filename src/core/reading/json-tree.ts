// The first look at what a caller sent, before anything recurses into it: it must be JSON, not nested too deep, and free of
// `__proto__` keys, which JSON.parse makes as own properties and careless copies turn into prototypes.
import type { ConfigPath } from '../config-path.ts'
import type { Issue } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { MAX_DEFINITION_DEPTH, MAX_JSON_VALUES } from '../limits.ts'

interface Visit {
  readonly value: object
  readonly key: string | number
  /** Null at the root. Paths are put together only where there is something to report: there may be a million visits. */
  readonly parent: Visit | null
  /** The root is level 1. */
  readonly level: number
}

/** The first thing that is not acceptable as JSON anywhere in the value; null where all is well. Does not recurse. */
export function findBadJson(root: object): Issue | null {
  const open: Visit[] = [{ value: root, key: '', parent: null, level: 1 }]
  let values = 0
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    for (const [key, member] of membersOf(visit.value)) {
      if (++values > MAX_JSON_VALUES) return errorAt('TOO_LARGE', { path: [] }, `more than ${MAX_JSON_VALUES} values`)
      const problem = problemOf(key, member, visit)
      if (problem !== null) return problem
      if (typeof member === 'object' && member !== null) {
        open.push({ value: member, key, parent: visit, level: visit.level + 1 })
      }
    }
  }
  return null
}

const membersOf = (value: object): Iterable<[string | number, unknown]> =>
  Array.isArray(value) ? value.entries() : Object.entries(value)

function problemOf(key: string | number, value: unknown, parent: Visit): Issue | null {
  // The whole path would be a message of its own; its beginning finds the place.
  if (typeof value === 'object' && parent.level >= MAX_DEFINITION_DEPTH) {
    return errorAt('TOO_LARGE', { path: pathTo(parent).slice(0, 4) }, `nested deeper than ${MAX_DEFINITION_DEPTH} levels`)
  }
  if (key !== '__proto__' && isJsonValue(value)) return null
  const path = [...pathTo(parent), key]
  if (key === '__proto__') return errorAt('INVALID_TYPE', { path }, 'the key `__proto__` is not allowed')
  return errorAt('INVALID_TYPE', { path }, `not a JSON value: ${describe(value)}`)
}

function pathTo(place: Visit): ConfigPath {
  const keys: (string | number)[] = []
  for (let visit = place; visit.parent !== null; visit = visit.parent) keys.unshift(visit.key)
  return keys
}

function isJsonValue(value: unknown): boolean {
  if (typeof value === 'object' || typeof value === 'string' || typeof value === 'boolean') return true
  return typeof value === 'number' && Number.isFinite(value)
}

const describe = (value: unknown): string => (typeof value === 'number' ? String(value) : typeof value)
