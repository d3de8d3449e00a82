// Regular expressions that take time in text length times pattern size, whatever they are (Thompson's construction, run on
// a set of states). JavaScript's own backtrack: a pattern of ten characters can keep an execution busy for hours.
// https://swtch.com/~rsc/regexp/regexp1.html
import { MAX_PATTERN_PARTS } from './limits.ts'
import { memoise } from './memo.ts'
import { PatternError, type PatternNode, parsePattern } from './pattern-parser.ts'

export { PatternError }

/** Goes on at all of these places. */
interface Fork {
  readonly op: 'fork'
  to: readonly number[]
}

type Instruction =
  | { readonly op: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly op: 'assertion'; readonly holds: (before: string | undefined, after: string | undefined) => boolean }
  | Fork
  | { readonly op: 'match' }

const MAX_PATTERNS_KEPT = 100
const VISITS_PER_REPORT = 1_000

export class LinearPattern {
  /** Memoised. @throws PatternError */
  static readonly of: (source: string) => LinearPattern = memoise((source) => new LinearPattern(source), MAX_PATTERNS_KEPT)

  readonly #program: Instruction[] = []
  #writtenOut = 0

  private constructor(source: string) {
    this.#emit(parsePattern(source))
    this.#program.push({ op: 'match' })
  }

  /** Number of instructions. */
  get size(): number {
    return this.#program.length
  }

  /** Whether any part of the text matches. `visit` is told of the work as it is done, and may throw to end it. */
  test(text: string, visit: (states: number) => void): boolean {
    const characters = Array.from(text)
    let states: readonly number[] = []
    let visited = 0
    for (let place = 0; place <= characters.length; place += 1) {
      // A match may start at every place.
      const seen = new Set<number>()
      const waiting = this.#follow([...states, 0], seen, characters[place - 1], characters[place])
      if (waiting === null) return true
      states = waiting.filter((state) => this.#accepts(state, characters[place])).map((state) => state + 1)
      visited += seen.size
      if (visited >= VISITS_PER_REPORT) {
        visit(visited)
        visited = 0
      }
    }
    return false
  }

  #accepts(state: number, character: string | undefined): boolean {
    const instruction = this.#program[state]
    return character !== undefined && instruction?.op === 'character' && instruction.accepts(character)
  }

  /** The states reached without a character that wait for one; null where the text matched. Each state is followed once. */
  #follow(
    from: readonly number[],
    seen: Set<number>,
    before: string | undefined,
    after: string | undefined,
  ): readonly number[] | null {
    const waiting: number[] = []
    const open = [...from]
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const instruction = this.#program[state]
      if (instruction === undefined || seen.has(state)) continue
      seen.add(state)
      if (instruction.op === 'match') return null
      if (instruction.op === 'character') waiting.push(state)
      else if (instruction.op === 'fork') open.push(...instruction.to)
      else if (instruction.holds(before, after)) open.push(state + 1)
    }
    return waiting
  }

  /** Its places are filled in once they are known. */
  #fork(to: readonly number[]): Fork {
    const fork: Fork = { op: 'fork', to }
    this.#program.push(fork)
    return fork
  }

  #emit(node: PatternNode): void {
    // Counts parts, not instructions: an empty group repeated has none.
    if (++this.#writtenOut > MAX_PATTERN_PARTS) throw new PatternError('its repetitions are too many', 0)
    switch (node.kind) {
      case 'character':
        this.#program.push({ op: 'character', accepts: node.accepts })
        break
      case 'assertion':
        this.#program.push({ op: 'assertion', holds: node.holds })
        break
      case 'sequence':
        for (const part of node.parts) this.#emit(part)
        break
      case 'either':
        this.#emitEither(node.options)
        break
      case 'repeat':
        this.#emitRepeat(node.part, node.min, node.max)
        break
    }
  }

  #emitEither(options: readonly PatternNode[]): void {
    const fork = this.#fork([])
    const starts: number[] = []
    const ends = options.map((option) => {
      starts.push(this.#program.length)
      this.#emit(option)
      return this.#fork([])
    })
    fork.to = starts
    for (const end of ends) end.to = [this.#program.length]
  }

  #emitRepeat(part: PatternNode, min: number, max: number): void {
    for (let count = 0; count < min; count += 1) this.#emit(part)
    if (max === Infinity) {
      this.#emitStar(part)
      return
    }
    const skips: Fork[] = []
    for (let count = min; count < max; count += 1) {
      skips.push(this.#fork([this.#program.length + 1]))
      this.#emit(part)
    }
    for (const skip of skips) skip.to = [...skip.to, this.#program.length]
  }

  #emitStar(part: PatternNode): void {
    const start = this.#program.length
    const fork = this.#fork([])
    this.#emit(part)
    this.#fork([start])
    fork.to = [start + 1, this.#program.length]
  }
}
