// The places of one text that must not show, however many there are and however they overlap: a mark per character, because a server
// may repeat a secret a million times.

/** Pieces that are joined at once: as many small strings would take more than the text. */
const PIECES_AT_ONCE = 10_000

export class Cover {
  readonly #text: string
  #marks: Uint8Array | null = null

  constructor(text: string) {
    this.#text = text
  }

  get isEmpty(): boolean {
    return this.#marks === null
  }

  /** Positions of UTF-16 units. */
  add(from: number, to: number): void {
    this.#marks ??= new Uint8Array(this.#text.length)
    this.#marks.fill(1, from, to)
  }

  /** The text with `by` in place of each; of those that touch there is one. */
  replaced(by: string): string {
    const marks = this.#marks
    if (marks === null) return this.#text
    const joined: string[] = []
    const pieces: string[] = []
    for (let position = 0; position < marks.length; ) {
      const from = indexOrEnd(marks, 1, position)
      const to = indexOrEnd(marks, 0, from)
      pieces.push(this.#text.slice(position, from), from === to ? '' : by)
      if (pieces.length >= PIECES_AT_ONCE) joined.push(pieces.splice(0).join(''))
      position = to
    }
    return [...joined, ...pieces].join('')
  }
}

function indexOrEnd(marks: Uint8Array, mark: number, from: number): number {
  const index = marks.indexOf(mark, from)
  return index === -1 ? marks.length : index
}
