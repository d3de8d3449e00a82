// Brings what an attempt says while it makes its answer to those who listen to the execution. It asks rarely where nobody does, calls
// at most twice a second where somebody does, and fails nothing. Made by `perform-attempt.ts` for each attempt.
import {
  MAX_DELTA_CHARACTERS,
  MAX_DELTA_WAIT_MS,
  MAX_UNHEARD_PAUSE_MS,
  MIN_DELTA_PAUSE_MS,
  UNHEARD_PAUSE_MS,
} from '../core/limits.ts'

/** A part of what is said. */
export interface Utterance {
  /** Characters that were said before it. */
  readonly offset: number
  readonly text: string
}

/** What hides secrets in a text. */
interface Redactor {
  readonly redact: (text: string) => string
  /** From where on a text that goes on may turn out to show one. */
  readonly heldFrom: (text: string) => number
}

interface VoiceDeps {
  /** Whether somebody listened when the attempt was given out. */
  readonly isListened: boolean
  /** Tells whether anybody listens. */
  readonly send: (said: Utterance) => Promise<boolean>
  readonly redactor: Redactor
}

export class Voice {
  readonly #deps: VoiceDeps
  /** Said, but not yet known to hold no secret: one may come in parts. */
  #raw = ''
  #isFresh = false
  /** To be sent; what nobody has heard stays, as far as there is room. */
  #ready = ''
  /** Of `#ready`. */
  #offset = 0
  /** Grows when the answer begins anew. */
  #beginning = 0
  #nextAt: number
  #unheardPauseMs = UNHEARD_PAUSE_MS
  #isHeard: boolean
  #isOver = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending: Promise<void> | null = null

  constructor(deps: VoiceDeps) {
    this.#deps = deps
    this.#isHeard = deps.isListened
    this.#nextAt = Date.now() + (deps.isListened ? 0 : UNHEARD_PAUSE_MS)
  }

  /** Null: what was said is void. */
  say(text: string | null): void {
    if (this.#isOver) return
    if (text === null) this.#beginAnew()
    else {
      this.#raw += text
      this.#isFresh = true
      this.#schedule()
    }
  }

  /** The answer is complete: what is left of it is sent, where somebody listens. Then nothing is said any more. */
  async end(): Promise<void> {
    clearTimeout(this.#timer)
    this.#isOver = true
    await this.#sending
    if (!this.#isHeard || this.#raw + this.#ready === '') return
    await new Promise((resolve) => setTimeout(resolve, this.#nextAt - Date.now()))
    this.#makeReady(true)
    await this.#send()
  }

  /** Nothing is said any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#isOver = true
  }

  #beginAnew(): void {
    this.#beginning += 1
    this.#raw = ''
    this.#ready = ''
    this.#offset = 0
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#sending !== null || this.#isOver) return
    if (!this.#isFresh && this.#ready === '') return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#makeReady(false)
        this.#sending = this.#send().finally(() => {
          this.#sending = null
          this.#schedule()
        })
      },
      Math.max(0, this.#nextAt - Date.now()),
    )
  }

  /** Holds back an end in which a secret may have begun. */
  #makeReady(isLast: boolean): void {
    this.#isFresh = false
    const { redact, heldFrom } = this.#deps.redactor
    const cut = endOfCharacter(this.#raw, isLast ? this.#raw.length : heldFrom(this.#raw))
    if (cut <= 0) return
    const safe = redact(this.#raw.slice(0, cut))
    const rest = this.#raw.slice(cut)
    // A secret that lies across the cut is whole in sight: the next cut comes behind it.
    if (safe + redact(rest) !== redact(this.#raw)) return
    this.#raw = rest
    const all = this.#ready + safe
    this.#ready = all.slice(-MAX_DELTA_CHARACTERS)
    this.#offset += all.length - this.#ready.length
  }

  async #send(): Promise<void> {
    const text = this.#ready
    if (text === '') {
      this.#nextAt = Date.now() + MIN_DELTA_PAUSE_MS
      return
    }
    const beginning = this.#beginning
    const sentAt = Date.now()
    this.#isHeard = await within(MAX_DELTA_WAIT_MS, this.#deps.send({ offset: this.#offset, text }))
    this.#nextAt = sentAt + this.#pause()
    if (!this.#isHeard || beginning !== this.#beginning) return
    this.#ready = this.#ready.slice(text.length)
    this.#offset += text.length
  }

  #pause(): number {
    if (this.#isHeard) {
      this.#unheardPauseMs = UNHEARD_PAUSE_MS
      return MIN_DELTA_PAUSE_MS
    }
    this.#unheardPauseMs = Math.min(2 * this.#unheardPauseMs, MAX_UNHEARD_PAUSE_MS)
    return this.#unheardPauseMs
  }
}

/** What says nothing for so long says no. */
async function within(ms: number, answer: Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(false), ms)
  try {
    return await Promise.race([answer, late.promise])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

/** At most `end`, and not between the halves of a character. */
const endOfCharacter = (text: string, end: number): number => (/[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end)
