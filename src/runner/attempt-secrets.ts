// The secrets of one attempt: loads those that it names, has each redacted from then on, and renders the strings that the transition
// has left sealed because they name some. Made by `perform-attempt.ts` for each attempt.
import { AttemptError } from '../core/attempt-error.ts'
import { ExpressionError } from '../core/expression-error.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import { openSealed, sealedIn, secretsNamed } from '../core/sealed-strings.ts'
import { SecretUnreadableError } from '../history/sealed-secret.ts'
import { SecretKeysError } from '../history/secret-keys.ts'
import type { Redactor } from './redact.ts'
import type { SecretSource } from './secret-source.ts'
import type { AttemptTask } from './task.ts'

export class AttemptSecrets {
  readonly #task: AttemptTask
  readonly #source: SecretSource
  readonly #redactor: Redactor

  constructor(task: AttemptTask, source: SecretSource, redactor: Redactor) {
    this.#task = task
    this.#source = source
    this.#redactor = redactor
  }

  /** @throws AttemptError where there is no such secret, or no way to know */
  async secret(name: string): Promise<string> {
    return (await this.#load([name])).get(name) ?? ''
  }

  /** The config with its sealed strings rendered, and without what they were sealed with. @throws AttemptError */
  async openConfig(): Promise<JsonObject> {
    const sealed = sealedIn(this.#task.config)
    if (sealed === null) return this.#task.config
    const secrets = await this.#load(secretsNamed(sealed))
    const known = knownTexts(sealed.names)
    const values = [...secrets.values()]
    const shows = (text: string) => values.some((value) => text.includes(value))
    const made = (value: Json, source: string) =>
      this.#concealMade(value, (text) => known.has(text) || source.includes(text) || shows(text))
    try {
      return openSealed(this.#task.config, sealed, { secrets: Object.fromEntries(secrets), made })
    } catch (thrown) {
      if (!(thrown instanceof ExpressionError)) throw thrown
      throw new AttemptError(nodeError('EXPRESSION_ERROR', `node ${this.#task.node}: ${thrown.message}`))
    }
  }

  async #load(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (names.length === 0) return new Map()
    const found = await this.#ask(names)
    for (const value of found.values()) this.#redactor.conceal(value)
    const missing = names.filter((name) => !found.has(name))
    if (missing.length === 0) return found
    throw new AttemptError(nodeError('SECRET_MISSING', missing.map(missingMessage).join(' ')))
  }

  async #ask(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    try {
      return await this.#source(this.#task.communityId, names)
    } catch (cause) {
      if (cause instanceof SecretKeysError || cause instanceof SecretUnreadableError)
        throw new AttemptError(nodeError('SECRET_MISSING', cause.message), { cause })
      throw new AttemptError(nodeError('NETWORK_ERROR', 'The store of secrets could not be read.', { retryable: true }), {
        cause,
      })
    }
  }

  /** What an expression makes of a secret is as secret. What is known is not made, and what shows the secret itself is redacted anyway. */
  #concealMade(value: Json, isKnown: (text: string) => boolean): void {
    for (const text of textsIn(value)) if (!isKnown(text)) this.#redactor.conceal(text)
  }
}

const missingMessage = (name: string): string =>
  `There is no secret ${name}: PUT /api/v1/admin/secrets/${name} sets it for the community.`

const knownTexts = (names: JsonObject): ReadonlySet<string> => new Set(textsIn(names))

function* textsIn(value: Json): Iterable<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'number') yield String(value)
  else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) yield* textsIn(member)
}
