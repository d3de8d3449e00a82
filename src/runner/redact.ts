// Takes secrets out of what an attempt gives: one redactor per attempt, which hears of every secret that the attempt learns. Called by
// `perform-attempt.ts` before anything leaves it.
import { AttemptError } from '../core/attempt-error.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { MAX_CONCEALED_TEXTS, MIN_SECRET_CHARACTERS } from '../core/limits.ts'
import { type NodeError, nodeError } from '../core/node-error.ts'
import type { Remember } from '../core/node-type.ts'
import { type ConcealedText, concealedText, ESCAPE, flatten, type Tell } from './concealed-text.ts'
import { Cover } from './cover.ts'
import { unescapedLayers } from './unescaped.ts'

/** What stands in a secret's place. */
const REDACTED = '[redacted]'

/** Of one character: `\\u0073`. */
const ESCAPED_LENGTH = 6
/** How much longer escapes of escapes make that. */
const LAYERS_LENGTH = 3

export class Redactor {
  readonly #concealed = new Map<string, ConcealedText>()
  #longest = 0
  #shortest = Number.POSITIVE_INFINITY
  #numbers: ReadonlySet<number> = new Set()

  /** Ignores what is too short. @throws AttemptError past the limit of texts */
  conceal(secret: string): void {
    if (secret.length < MIN_SECRET_CHARACTERS || this.#concealed.has(secret)) return
    if (this.#concealed.size === MAX_CONCEALED_TEXTS) {
      const message = `An attempt has at most ${MAX_CONCEALED_TEXTS} texts that are secret; combine fewer values with secrets.`
      throw new AttemptError(nodeError('CONFIG_INVALID', message))
    }
    const concealed = concealedText(secret)
    this.#concealed.set(secret, concealed)
    this.#shortest = Math.min(this.#shortest, concealed.shortest)
    this.#longest = Math.max(this.#longest, concealed.longest, secret.length * ESCAPED_LENGTH)
    if (concealed.number !== null) this.#numbers = new Set([...this.#numbers, concealed.number])
  }

  /** From where on a text that goes on may turn out to show a secret: in escapes it may be written in too many ways to tell. */
  heldFrom(text: string): number {
    const whole = Math.max(0, text.length - this.#longest * LAYERS_LENGTH)
    if (ESCAPE.test(text.slice(whole))) return whole
    return Math.min(text.length, ...Array.from(this.#concealed.values(), (concealed) => concealed.beginsAt(text)))
  }

  /** Whether a text shows a secret. */
  shows(text: string): boolean {
    return !this.#cover(text).isEmpty
  }

  text(text: string): string {
    return this.#cover(text).replaced(REDACTED)
  }

  /** JSON with its keys and numbers; the same reference where it shows nothing. */
  json<Value extends Json>(value: Value): Value
  json(value: Json): Json {
    return this.#concealed.size === 0 ? value : this.#shown(value, (text) => this.text(text))
  }

  /** What an attempt tells beside its output. Some of it was cut, so that a secret at its end may be half a one. */
  told<Value extends Json>(value: Value): Value
  told(value: Json): Json {
    return this.#concealed.size === 0 ? value : this.#shown(value, (text) => this.#cutText(text))
  }

  error(error: NodeError): NodeError {
    const { code, message, cause } = error
    return {
      ...error,
      code: this.text(code),
      message: this.told(message),
      ...(cause !== undefined && { cause: this.told(cause) }),
    }
  }

  /** Keeps no secret, and gives none that was kept. */
  remembering(remember: Remember): Remember {
    return async (key, ttlSeconds, make) => {
      const makeShown = async () => {
        const made = await make()
        return { ...made, text: this.#jsonText(made.text) }
      }
      const found = await remember(key, ttlSeconds, makeShown)
      return { ...found, text: this.#jsonText(found.text) }
    }
  }

  /** A text that may be JSON and then stays so. */
  #jsonText(text: string): string {
    if (!this.shows(text)) return text
    try {
      return JSON.stringify(this.json(JSON.parse(text)))
    } catch {
      return this.text(text)
    }
  }

  /** A copy of what was thrown, to be reported. */
  thrown(thrown: unknown): unknown {
    if (!(thrown instanceof Error)) return this.text(String(thrown))
    const copy = new Error(this.text(thrown.message))
    copy.name = thrown.name
    copy.stack = this.text(thrown.stack ?? '')
    return copy
  }

  #shown(value: Json, show: (text: string) => string): Json {
    if (typeof value === 'string') return show(value)
    if (typeof value === 'number') return this.#showsNumber(value) ? REDACTED : value
    if (Array.isArray(value)) {
      const items = value.map((item: Json) => this.#shown(item, show))
      return items.every((item, index) => item === value[index]) ? value : items
    }
    if (!isJsonObject(value)) return value
    const members = Object.entries(value).map(([key, member]) => [key, this.text(key), this.#shown(member, show)] as const)
    if (members.every(([key, shown, member]) => key === shown && member === value[key])) return value
    return Object.fromEntries(members.map(([, shown, member]) => [shown, member]))
  }

  #showsNumber(value: number): boolean {
    return this.#numbers.has(value) || this.#numbers.has(-value) || this.shows(String(value))
  }

  #cutText(text: string): string {
    const cover = this.#cover(text)
    for (const concealed of this.#concealed.values()) concealed.findCut(text, (from, to) => cover.add(from, to))
    return cover.replaced(REDACTED)
  }

  #cover(text: string): Cover {
    const cover = new Cover(text)
    if (text.length < this.#shortest) return cover
    this.#find(text, (from, to) => cover.add(from, to))
    for (const { text: unescaped, origin } of unescapedLayers(text, this.#longest * LAYERS_LENGTH))
      this.#find(unescaped, (from, to) => cover.add(origin(from), origin(to)))
    return cover
  }

  #find(text: string, tell: Tell): void {
    const flat = flatten(text)
    for (const concealed of this.#concealed.values()) concealed.find(text, flat, tell)
  }
}
