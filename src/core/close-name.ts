// "Did you mean …": the known name nearest to a mistyped one, for messages.

/** Adds ` (did you mean \`x\`?)` to a message, or nothing where no name is near. */
export type Suggest = (name: string, known: Iterable<string>) => string

/** Comparing costs the product of two lengths; these bounds keep a hostile definition from asking for billions of it. */
const MAX_SUGGESTIONS = 100
const MAX_CANDIDATES = 200
const MAX_NAME_LENGTH = 64
/** Edits per letter: `strat` is near `start` (a swap is two edits), `a` is near nothing else. */
const MAX_DISTANCE = 0.4

/** A suggester for one validation: it gives its help a bounded number of times. */
export function createSuggester(): Suggest {
  let left = MAX_SUGGESTIONS
  return (name, known) => {
    const candidates = [...known]
    if (left === 0 || candidates.length > MAX_CANDIDATES || name.length > MAX_NAME_LENGTH) return ''
    left--
    const best = nearest(name, candidates)
    return best === undefined ? '' : ` (did you mean \`${best}\`?)`
  }
}

function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = normalize(name)
  return candidates
    .filter((candidate) => candidate.length <= MAX_NAME_LENGTH)
    .map((candidate) => ({ candidate, distance: editDistance(wanted, normalize(candidate)) }))
    .filter(({ candidate, distance }) => distance <= candidate.length * MAX_DISTANCE)
    .sort((a, b) => a.distance - b.distance)[0]?.candidate
}

/** Case and separators are the commonest slips: `httpRequest`, `http_request`. */
const normalize = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, '')

/** Levenshtein distance, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
