// Strings of a config that name secrets. The transition renders all of them but the expressions in which a secret stands; those stay
// as source, with the values of the other names they use, in the rendered config. The Runner, which alone has secrets, does the rest.

import type { ConfigPath } from './config-path.ts'
import { type EvaluationContext, type Expression, parseExpression, type Scope } from './expression.ts'
import { isJsonObject, type Json, type JsonObject, jsonLength } from './json.ts'
import { MAX_RENDERED_CHARACTERS } from './limits.ts'
import { mapStrings } from './map-strings.ts'
import { nodeError } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import { PayloadUnreadable } from './payload-reader.ts'
import { BY_MEMBER, namedMembers } from './seen-scope.ts'
import { atPlace, countRendered, insertedText, renderParts, type Template } from './template.ts'

/** Member of a rendered config that holds them, over whatever the definition has there. */
const SEALED = '$sealed'

/** A text as it is rendered, or the source of an expression that names secrets. */
type SealedPart = string | { readonly expression: string }

interface SealedString {
  readonly path: ConfigPath
  /** One expression alone keeps its type. */
  readonly parts: readonly SealedPart[]
}

export interface Sealed {
  /** Ms since the epoch: `now()` of all attempts. */
  readonly now: number
  /** What the expressions name besides. */
  readonly names: JsonObject
  readonly strings: readonly SealedString[]
}

const namesSecrets = ({ names }: Expression): boolean => names.has('secrets')

/** Seals the strings of one config. */
export class Sealer {
  readonly #run: NodeRun
  readonly #strings: { readonly path: ConfigPath; readonly parts: SealedPart[] }[] = []
  readonly #expressions: Expression[] = []

  constructor(run: NodeRun) {
    this.#run = run
  }

  /** What is kept of a template that names secrets; null of any other. @throws ExpressionError */
  seal({ parts, expressions }: Template, path: ConfigPath): Json | null {
    if (!expressions.some(namesSecrets)) return null
    const { scope, evaluation } = this.#run
    const sealed = parts.map((part): SealedPart => {
      if (typeof part === 'string') return part
      if (!namesSecrets(part)) return insertedText(part.evaluate(scope, evaluation))
      this.#expressions.push(part)
      return { expression: part.source }
    })
    this.#strings.push({ path, parts: sealed })
    return sealed
  }

  isSealed(path: ConfigPath): boolean {
    const place = JSON.stringify(path)
    return this.#strings.some((string) => JSON.stringify(string.path) === place)
  }

  /** The rendered config with all that was sealed. @throws PayloadsMissing; PayloadUnreadable, also where what is named is too much */
  withSealed(rendered: JsonObject): JsonObject {
    const config = withoutSealed(rendered)
    if (this.#strings.length === 0) return config
    const strings = this.#strings.map(({ path, parts }) => ({ path: [...path], parts }))
    return { ...config, [SEALED]: { now: this.#run.evaluation.now, names: this.#named(), strings } }
  }

  #named(): JsonObject {
    const { scope, payloads } = this.#run
    const text = this.#expressions.map(({ source }) => source).join('\n')
    const named: Record<string, Json> = {}
    for (const name of new Set(this.#expressions.flatMap(({ names }) => [...names]))) {
      const value = Object.hasOwn(scope, name) ? scope[name] : undefined
      if (value === undefined) continue
      const used = BY_MEMBER.has(name) && isJsonObject(value) ? namedMembers(value, text, name) : value
      // What JSON refers to is JSON.
      named[name] = payloads.whole(used) as Json
    }
    if (jsonLength(named, MAX_RENDERED_CHARACTERS) <= MAX_RENDERED_CHARACTERS) return named
    throw new PayloadUnreadable(nodeError('INPUT_INVALID', tooMuch(Object.keys(named))))
  }
}

const tooMuch = (names: readonly string[]): string =>
  `what stands in one pair of braces with secrets (${names.join(', ')}) is more than ${MAX_RENDERED_CHARACTERS} characters of JSON; give it braces of its own`

/** Without what only the engine may put there. */
export function withoutSealed(config: JsonObject): JsonObject {
  if (!Object.hasOwn(config, SEALED)) return config
  const { [SEALED]: _, ...rest } = config
  return rest
}

/** Null where nothing is sealed. The core has written what there is: nobody else gets anything to that place. */
export const sealedIn = (config: JsonObject): Sealed | null => (config[SEALED] as unknown as Sealed | undefined) ?? null

/** Names of all secrets in it. */
export const secretsNamed = ({ strings }: Sealed): readonly string[] => [
  ...new Set(
    strings.flatMap(({ parts }) => parts.flatMap((part) => (typeof part === 'string' ? [] : secretsIn(part.expression)))),
  ),
]

const secretsIn = (source: string): readonly string[] => [...parseExpression(source).secrets]

export interface OpenOptions {
  readonly secrets: JsonObject
  /** Hears of every value that an expression makes with secrets, and of its source. */
  readonly made: (value: Json, source: string) => void
}

/** The config with its sealed strings rendered. @throws ExpressionError whose message starts with the place */
export function openSealed(config: JsonObject, { now, names, strings }: Sealed, { secrets, made }: OpenOptions): JsonObject {
  const scope: Scope = { ...names, secrets }
  const context: EvaluationContext = { now, spent: { steps: 0 }, uuid: refuse, link: refuse }
  const count = countRendered()
  const byPlace = new Map(strings.map(({ path, parts }) => [JSON.stringify(path), parts]))
  const open = (source: string) => {
    const expression = parseExpression(source)
    const evaluate = (...given: Parameters<Expression['evaluate']>): Json => {
      const value = expression.evaluate(...given)
      made(value, source)
      return value
    }
    return { evaluate }
  }
  const opened = mapStrings(withoutSealed(config), (text, path) => {
    const parts = byPlace.get(JSON.stringify(path))
    if (parts === undefined) return text
    const opening = parts.map((part) => (typeof part === 'string' ? part : open(part.expression)))
    return atPlace(['config', ...path], () => count(renderParts(text, opening, scope, context), text))
  })
  // An object stays one.
  return opened as JsonObject
}

/** Validation lets neither `uuid()` nor a link stand beside a secret. */
function refuse(): never {
  throw new TypeError('neither ids nor links are made outside of a transition')
}
