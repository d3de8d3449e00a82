// The first look at what a caller sent, before anything recurses into it: it must be JSON, not nested too deep, and free of
// `__proto__` keys, which JSON.parse makes as own properties and careless copies turn into prototypes.
import type { ConfigPath } from '../config-path.ts'
import type { Issue } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { MAX_DEFINITION_DEPTH } from '../limits.ts'

interface Visit {
  readonly value: object
  readonly path: ConfigPath
}

/** The first thing that is not acceptable as JSON anywhere in the value; null where all is well. Does not recurse. */
export function findBadJson(root: object): Issue | null {
  const open: Visit[] = [{ value: root, path: [] }]
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    for (const [key, member] of membersOf(visit.value)) {
      const problem = problemOf(key, member, visit.path)
      if (problem !== null) return problem
      if (typeof member === 'object' && member !== null) open.push({ value: member, path: [...visit.path, key] })
    }
  }
  return null
}

const membersOf = (value: object): Iterable<[string | number, unknown]> =>
  Array.isArray(value) ? value.entries() : Object.entries(value)

function problemOf(key: string | number, value: unknown, parent: ConfigPath): Issue | null {
  // The parent of a top member is level 1. The whole path would be a message of its own; its beginning finds the place.
  if (typeof value === 'object' && parent.length + 2 > MAX_DEFINITION_DEPTH) {
    return errorAt('TOO_LARGE', { path: parent.slice(0, 4) }, `nested deeper than ${MAX_DEFINITION_DEPTH} levels`)
  }
  const path = [...parent, key]
  if (key === '__proto__') return errorAt('INVALID_TYPE', { path }, 'the key `__proto__` is not allowed')
  return isJsonValue(value) ? null : errorAt('INVALID_TYPE', { path }, `not a JSON value: ${describe(value)}`)
}

function isJsonValue(value: unknown): boolean {
  if (typeof value === 'object' || typeof value === 'string' || typeof value === 'boolean') return true
  return typeof value === 'number' && Number.isFinite(value)
}

const describe = (value: unknown): string => (typeof value === 'number' ? String(value) : typeof value)
