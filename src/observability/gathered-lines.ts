// Gathers log lines of many requests and writes them together: the platform counts, and bills, events of the log, and not their lines.

/** How long a line may wait for others. */
const GATHER_MS = 100
/** What is more is written at once: an event of the log has at most 256 KB (developers.cloudflare.com/workers/observability/logs). */
export const MAX_GATHERED_CHARACTERS = 32 * 1024

export interface GatherDeps {
  readonly write: (lines: string) => void
  readonly pause: (ms: number) => Promise<void>
}

/** What keeps a Worker alive behind its answer. */
export interface KeepsAlive {
  waitUntil(promise: Promise<unknown>): void
}

export class GatheredLines {
  readonly #deps: GatherDeps
  #lines: string[] = []
  #characters = 0

  constructor(deps: GatherDeps) {
    this.#deps = deps
  }

  /** The request that brings the first line writes those of all that come meanwhile, and lives so long. */
  add(lines: string, request: KeepsAlive): void {
    const isFirst = this.#lines.length === 0
    this.#lines.push(lines)
    this.#characters += lines.length
    if (this.#characters > MAX_GATHERED_CHARACTERS) this.#flush()
    else if (isFirst) request.waitUntil(this.#deps.pause(GATHER_MS).then(() => this.#flush()))
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    this.#deps.write(this.#lines.join('\n'))
    this.#lines = []
    this.#characters = 0
  }
}
