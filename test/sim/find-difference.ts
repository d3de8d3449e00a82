// Compares two states or JSON values strictly: the order of keys counts too, since expressions can see it (`to_json(outputs)`).
// Called after every step of the simulation, so it makes no text until there is a difference to tell.
import type { ExecutionState, GraphRun } from '../../src/core/state.ts'

/** As below, of two states: member by member. Compiled graphs are not compared: their definitions are journaled. */
export function findStateDifference(a: ExecutionState, b: ExecutionState | null): string | null {
  if (b === null) return 'a state where there is none'
  const difference = findRunDifference(a, b)
  if (difference !== null) return difference
  if (a.iterations.size !== b.iterations.size) return `${a.iterations.size} iterations against ${b.iterations.size}`
  const others = b.iterations.entries()
  for (const [path, iteration] of a.iterations) {
    const [otherPath, other] = others.next().value ?? []
    if (other === undefined || path !== otherPath) return `iteration ${path} where the other has ${otherPath}`
    const inside = findRunDifference(iteration, other)
    if (inside !== null) return `${path}.${inside}`
  }
  return null
}

function findRunDifference(a: GraphRun, b: GraphRun): string | null {
  for (const [member, value] of Object.entries(a)) {
    if (member === 'graph' || member === 'iterations') continue
    const difference = findDifference(value, Reflect.get(b, member))
    if (difference !== null) return `${member}${difference}`
  }
  return Object.keys(a).length === Object.keys(b).length ? null : 'members are missing'
}

/** The path of the first difference and its two sides; null where there is none. */
export function findDifference(a: unknown, b: unknown): string | null {
  if (Object.is(a, b)) return null
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return `: ${show(a)} against ${show(b)}`
  if (a instanceof Map && b instanceof Map) return findMapDifference(a, b)
  const [keys, otherKeys] = [Object.keys(a), Object.keys(b)]
  if (keys.length !== otherKeys.length || Array.isArray(a) !== Array.isArray(b)) return `: ${show(a)} against ${show(b)}`
  for (const [index, key] of keys.entries()) {
    if (key !== otherKeys[index]) return `: key ${key} where the other has ${otherKeys[index]}`
    const difference = findDifference(Reflect.get(a, key), Reflect.get(b, key))
    if (difference !== null) return `.${key}${difference}`
  }
  return null
}

function findMapDifference(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): string | null {
  if (a.size !== b.size) return `: ${a.size} entries against ${b.size}`
  const others = b.entries()
  for (const [key, value] of a) {
    const [otherKey, other] = others.next().value ?? []
    if (key !== otherKey) return `: key ${key} where the other has ${otherKey}`
    const difference = findDifference(value, other)
    if (difference !== null) return `.${key}${difference}`
  }
  return null
}

const show = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, 200)
