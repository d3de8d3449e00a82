// A turn: from a command until nothing that the object itself awaits (a Runner's bounded answer, its own continuation) is
// outstanding. Kept in memory only; what a lost turn would have done is done by the alarm.
import { logError } from '../observability/log-error.ts'

export class Turn {
  readonly #onEnd: () => void
  #outstanding = 0
  #waiting: (() => void)[] = []

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  /** Runs something that may begin work to await; the turn ends when that work, and what follows from it, is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#outstanding += 1
    try {
      return await work()
    } finally {
      this.#done()
    }
  }

  await(work: Promise<void>): void {
    this.#outstanding += 1
    work.catch((error: unknown) => logError('turn failed', error, {})).finally(() => this.#done())
  }

  /** Resolves when the turn is over, or after so long. */
  endedWithin(ms: number): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #done(): void {
    this.#outstanding -= 1
    if (this.#outstanding > 0) return
    this.#onEnd()
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
