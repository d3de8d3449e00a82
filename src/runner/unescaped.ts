// What a text says once its escapes are undone, and once those that come to light are: URLs, JSON and HTML in one another. So what is
// looked for in a text is found however it was written there. Pure.

export interface Unescaped {
  readonly text: string
  /** Where in the given text a position of this one was. */
  origin(position: number): number
}

/** Escapes within escapes that are undone. */
const MAX_LAYERS = 4

/** Texts are taken in parts of so many characters: where each was is kept meanwhile. */
const PART_LENGTH = 1024 * 1024

/** What every escape begins with. */
const BEGINNING = /[%\\&]/

const ESCAPES = new RegExp(
  [
    // UTF-8, a character at a time.
    '%[0-7][0-9a-f]',
    '%[cd][0-9a-f]%[89ab][0-9a-f]',
    '%e[0-9a-f](?:%[89ab][0-9a-f]){2}',
    '%f[0-7](?:%[89ab][0-9a-f]){3}',
    String.raw`\\u[0-9a-f]{4}`,
    String.raw`\\["\\/bfnrt]`,
    '&(?:#[0-9]{1,8}|#x[0-9a-f]{1,6}|quot|apos|amp|lt|gt);',
  ].join('|'),
  'gi',
)

/** Each layer, the outermost escapes undone first; none where there are no escapes. @param overlap longer than what is looked for */
export function* unescapedLayers(text: string, overlap: number): Iterable<Unescaped> {
  if (!BEGINNING.test(text)) return
  for (let start = 0; start < text.length; start += PART_LENGTH) {
    let origin = (position: number) => start + position
    let current = text.slice(start, start + PART_LENGTH + overlap)
    for (let layer = 0; layer < MAX_LAYERS && BEGINNING.test(current); layer += 1) {
      const undone = undoEscapes(current)
      if (undone === null) break
      const above = origin
      origin = (position) => above(undone.origin(position))
      current = undone.text
      yield { text: current, origin }
    }
  }
}

/** Null where there is nothing to undo. */
function undoEscapes(text: string): Unescaped | null {
  /** Where an escape's character ends, and how much longer than those characters all escapes so far are. */
  const ends: number[] = []
  const excesses: number[] = []
  let excess = 0
  const undone = text.replaceAll(ESCAPES, (written, offset: number) => {
    const character = characterOf(written)
    const end = offset - excess + character.length
    excess += written.length - character.length
    ends.push(end)
    excesses.push(excess)
    return character
  })
  if (ends.length === 0) return null
  return { text: undone, origin: (position) => position + (excesses[countUpTo(ends, position) - 1] ?? 0) }
}

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

const JSON_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const HTML_NAMES: Readonly<Record<string, string>> = { quot: '"', apos: "'", amp: '&', lt: '<', gt: '>' }

function characterOf(written: string): string {
  const name = written.slice(1).toLowerCase()
  if (written.startsWith('%')) return decoded(written)
  if (written.startsWith('&')) return HTML_NAMES[name.slice(0, -1)] ?? codePoint(name.slice(1, -1)) ?? written
  return name.length > 1 ? String.fromCharCode(Number.parseInt(name.slice(1), 16)) : (JSON_ESCAPES[name] ?? name)
}

/** Bytes that are no character stay as they are. */
function decoded(bytes: string): string {
  try {
    return decodeURIComponent(bytes)
  } catch {
    return bytes
  }
}

/** @param number decimal, or hexadecimal after an x */
function codePoint(number: string): string | null {
  const code = Number(number.startsWith('x') ? `0${number}` : number)
  return code <= 0x10ffff ? String.fromCodePoint(code) : null
}
