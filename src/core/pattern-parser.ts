// Reads a regular expression in RE2's syntax (what CEL's `matches` takes). `linear-pattern.ts` runs the result.
// No back references and no look-around: nothing that would need backtracking.

export class PatternError extends Error {
  constructor(message: string, position: number) {
    super(`cannot read the pattern at ${position}: ${message}`)
    this.name = 'PatternError'
  }
}

type Accepts = (character: string) => boolean
/** Sees the characters on both sides of a place; undefined at an end of the text. */
type Holds = (before: string | undefined, after: string | undefined) => boolean

export type PatternNode =
  | { readonly kind: 'character'; readonly accepts: Accepts }
  | { readonly kind: 'assertion'; readonly holds: Holds }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'either'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number }

const between =
  (low: string, high: string): Accepts =>
  (character) => {
    const code = character.codePointAt(0) ?? 0
    return code >= (low.codePointAt(0) ?? 0) && code <= (high.codePointAt(0) ?? 0)
  }
const anyOf =
  (tests: readonly Accepts[]): Accepts =>
  (character) =>
    tests.some((accepts) => accepts(character))
const not =
  (accepts: Accepts): Accepts =>
  (character) =>
    !accepts(character)

const digit = between('0', '9')
const word = anyOf([between('a', 'z'), between('A', 'Z'), digit, (character) => character === '_'])
const space: Accepts = (character) => '\t\n\f\r '.includes(character)
const CLASSES: Readonly<Record<string, Accepts>> = { d: digit, D: not(digit), w: word, W: not(word), s: space, S: not(space) }
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', a: '\x07' }

const isWord = (character: string | undefined): boolean => character !== undefined && word(character)
const atBoundary: Holds = (before, after) => isWord(before) !== isWord(after)
const atStart: Holds = (before) => before === undefined
const atEnd: Holds = (_before, after) => after === undefined
const ASSERTIONS: Readonly<Record<string, Holds>> = {
  b: atBoundary,
  B: (before, after) => !atBoundary(before, after),
  A: atStart,
  z: atEnd,
}

const REPEAT = /^\{(\d{1,4})(,(\d{0,4}))?\}/
/** As in RE2. */
const MAX_REPEAT = 1000
const MAX_GROUP_DEPTH = 50
const IGNORE_CASE = '(?i)'

/** @throws PatternError */
export function parsePattern(source: string): PatternNode {
  const ignoreCase = source.startsWith(IGNORE_CASE)
  return new PatternParser(source, ignoreCase).parse(ignoreCase ? IGNORE_CASE.length : 0)
}

class PatternParser {
  readonly #source: string
  readonly #ignoreCase: boolean
  #position = 0
  #depth = 0

  constructor(source: string, ignoreCase: boolean) {
    this.#source = source
    this.#ignoreCase = ignoreCase
  }

  parse(from: number): PatternNode {
    this.#position = from
    const pattern = this.#parseEither()
    if (this.#peek() !== '') throw this.#error('a `)` without its `(`')
    return pattern
  }

  #error(message: string): PatternError {
    return new PatternError(message, this.#position)
  }

  /** The character at the current place; empty at the end. */
  #peek(): string {
    const code = this.#source.codePointAt(this.#position)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  #take(): string {
    const character = this.#peek()
    if (character === '') throw this.#error('it ends too early')
    this.#position += character.length
    return character
  }

  #takeIf(text: string): boolean {
    const found = this.#source.startsWith(text, this.#position)
    if (found) this.#position += text.length
    return found
  }

  #parseEither(): PatternNode {
    const first = this.#parseSequence()
    const options = [first]
    while (this.#takeIf('|')) options.push(this.#parseSequence())
    return options.length === 1 ? first : { kind: 'either', options }
  }

  #parseSequence(): PatternNode {
    const parts: PatternNode[] = []
    while (!['', '|', ')'].includes(this.#peek())) parts.push(this.#parseRepeat())
    return { kind: 'sequence', parts }
  }

  #parseRepeat(): PatternNode {
    const part = this.#parseAtom()
    const bounds = this.#parseBounds()
    if (bounds === null) return part
    // Lazy or greedy: whether there is a match is the same.
    this.#takeIf('?')
    if (/[*+?]/.test(this.#peek()) || REPEAT.test(this.#source.slice(this.#position))) throw this.#error('nothing to repeat')
    return { kind: 'repeat', part, ...bounds }
  }

  #parseBounds(): { min: number; max: number } | null {
    if (this.#takeIf('*')) return { min: 0, max: Infinity }
    if (this.#takeIf('+')) return { min: 1, max: Infinity }
    if (this.#takeIf('?')) return { min: 0, max: 1 }
    const match = REPEAT.exec(this.#source.slice(this.#position))
    if (match === null) return null
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3])
    if (min > max || min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT)) throw this.#error(`bad repetition ${match[0]}`)
    this.#position += match[0].length
    return { min, max }
  }

  #parseAtom(): PatternNode {
    const character = this.#take()
    switch (character) {
      case '(':
        return this.#parseGroup()
      case '[':
        return { kind: 'character', accepts: this.#parseSet() }
      case '.':
        return { kind: 'character', accepts: (candidate) => candidate !== '\n' }
      case '^':
        return { kind: 'assertion', holds: atStart }
      case '$':
        return { kind: 'assertion', holds: atEnd }
      case '*':
      case '+':
      case '?':
        throw this.#error('nothing to repeat')
      case '\\': {
        const name = this.#peek()
        if (!Object.hasOwn(ASSERTIONS, name)) return { kind: 'character', accepts: this.#parseEscape() }
        this.#take()
        return { kind: 'assertion', holds: ASSERTIONS[name] ?? atStart }
      }
      default:
        return { kind: 'character', accepts: this.#exactly(character) }
    }
  }

  #parseGroup(): PatternNode {
    if (++this.#depth > MAX_GROUP_DEPTH) throw this.#error(`groups nest deeper than ${MAX_GROUP_DEPTH}`)
    if (this.#takeIf('?') && !this.#takeIf(':')) throw this.#error('only (…) and (?:…) are groups, and (?i) may start a pattern')
    const inner = this.#parseEither()
    if (!this.#takeIf(')')) throw this.#error('a `(` without its `)`')
    this.#depth -= 1
    return inner
  }

  /** After `[`. */
  #parseSet(): Accepts {
    const negated = this.#takeIf('^')
    const tests: Accepts[] = []
    // A `]` in the first place stands for itself.
    do tests.push(this.#parseSetMember())
    while (!this.#takeIf(']'))
    return negated ? not(anyOf(tests)) : anyOf(tests)
  }

  #parseSetMember(): Accepts {
    if (this.#source.startsWith('[:', this.#position)) throw this.#error('no named sets such as [:alpha:]')
    const low = this.#take()
    const single = low === '\\' ? this.#parseSetEscape() : low
    if (typeof single !== 'string') return single
    const isRange = this.#peek() === '-' && !this.#source.startsWith('-]', this.#position)
    if (!isRange) return this.#exactly(single)
    this.#take()
    const end = this.#take()
    const high = end === '\\' ? this.#parseSetEscape() : end
    if (typeof high !== 'string' || (high.codePointAt(0) ?? 0) < (single.codePointAt(0) ?? 0)) throw this.#error('a bad range')
    return this.#folded(between(single, high))
  }

  /** After a backslash outside a set. */
  #parseEscape(): Accepts {
    const escaped = this.#parseSetEscape()
    return typeof escaped === 'string' ? this.#exactly(escaped) : escaped
  }

  /** After a backslash: a character, or a class of them. */
  #parseSetEscape(): string | Accepts {
    const name = this.#take()
    const known = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined
    if (known !== undefined) return known
    const control = Object.hasOwn(CONTROLS, name) ? CONTROLS[name] : undefined
    if (control !== undefined) return control
    if (name === 'x') return this.#parseHex()
    if (/[A-Za-z0-9]/.test(name)) throw this.#error(`no escape \\${name}`)
    return name
  }

  /** After `\x`: two hex digits, or any number in braces. */
  #parseHex(): string {
    const match = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(this.#source.slice(this.#position))
    const code = Number.parseInt(match?.[1] ?? match?.[2] ?? '', 16)
    if (match === null || code > 0x10ffff) throw this.#error('a bad \\x escape')
    this.#position += match[0].length
    return String.fromCodePoint(code)
  }

  #exactly(character: string): Accepts {
    return this.#folded((candidate) => candidate === character)
  }

  #folded(accepts: Accepts): Accepts {
    if (!this.#ignoreCase) return accepts
    return (character) => accepts(character) || accepts(character.toLowerCase()) || accepts(character.toUpperCase())
  }
}
