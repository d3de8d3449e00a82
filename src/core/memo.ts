// A bounded memo for pure functions of one text: the least recently used result goes first. It is a cache and nothing
// else: losing it changes no answer.

/** Wraps a pure function. What it throws is not kept. */
export function memoise<T extends object>(compute: (text: string) => T, maxEntries: number): (text: string) => T {
  const kept = new Map<string, T>()
  return (text) => {
    const known = kept.get(text)
    if (known !== undefined) {
      // A Map iterates in order of insertion: putting a hit back makes it the youngest.
      kept.delete(text)
      kept.set(text, known)
      return known
    }
    const result = compute(text)
    kept.set(text, result)
    const [oldest] = kept.size > maxEntries ? kept.keys() : []
    if (oldest !== undefined) kept.delete(oldest)
    return result
  }
}
