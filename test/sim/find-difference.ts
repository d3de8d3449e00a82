// Compares two states or JSON values strictly: the order of keys counts too, since expressions can see it (`to_json(outputs)`).

/** The path of the first difference; null where there is none. Compiled graphs are not compared: their definitions are journaled. */
export function findDifference(a: unknown, b: unknown, path = ''): string | null {
  if (Object.is(a, b) || path === '.graph') return null
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return `${path}: ${show(a)} against ${show(b)}`
  if (a instanceof Map && b instanceof Map) return findDifference([...a], [...b], path)
  const [ours, theirs] = [Object.entries(a), Object.entries(b)]
  if (ours.length !== theirs.length || Array.isArray(a) !== Array.isArray(b)) return `${path}: ${show(a)} against ${show(b)}`
  for (const [index, [key, value]] of ours.entries()) {
    const [otherKey, other] = theirs[index] ?? []
    if (key !== otherKey) return `${path}: key ${key} where the other has ${otherKey}`
    const difference = findDifference(value, other, `${path}.${key}`)
    if (difference !== null) return difference
  }
  return null
}

const show = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, 200)
