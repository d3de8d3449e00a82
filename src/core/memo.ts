// A memo for pure functions of one text, bounded by count and by the texts' length: the least recently used result goes
// first. It is a cache and nothing else: losing it changes no answer.
import { MAX_PARSED_KEPT_CHARACTERS } from './limits.ts'

/** Wraps a pure function. What it throws is not kept. */
export function memoise<T extends object>(
  compute: (text: string) => T,
  maxEntries: number,
  maxCharacters = MAX_PARSED_KEPT_CHARACTERS,
): (text: string) => T {
  const kept = new Map<string, T>()
  let characters = 0
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
    characters += text.length
    for (const oldest of kept.keys()) {
      if (kept.size <= maxEntries && characters <= maxCharacters) break
      kept.delete(oldest)
      characters -= oldest.length
    }
    return result
  }
}
