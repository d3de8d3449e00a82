// What is known until a moment, such as a token: bounded by count, the oldest goes first. A cache and nothing else: losing an
// entry costs a call and changes no answer.

export class ExpiringMemo<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAt: number }>()
  readonly #maxEntries: number

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  /** Moments are milliseconds since the epoch; at `expiresAt` itself nothing is known any more. */
  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && now < entry.expiresAt ? entry.value : undefined
  }

  set(key: string, value: Value, expiresAt: number): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, expiresAt })
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break
      this.#entries.delete(oldest)
    }
  }
}
