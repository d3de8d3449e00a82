// What a handed-off node's program sees of the workflow: the names of its scope that its text mentions, kept in the rendered config.
// So all attempts see the same, and nothing is journaled that the program does not name. Also for the body of a shard.
import { isJsonObject, type Json, type JsonObject, jsonLength } from './json.ts'
import { MAX_RENDERED_CHARACTERS } from './limits.ts'
import { nodeError } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import { PayloadUnreadable } from './payload-reader.ts'

/** Member of a rendered config that holds it, over whatever the definition has there. */
export const SEEN = '$seen'

/** Names that a program may see. Variables are `variables.x`: bare names would be anyone's. */
export const SEEN_NAMES = [
  'input',
  'inputs',
  'inputs_by_source',
  'outputs',
  'variables',
  'execution',
  'item',
  'index',
  'state',
  'iteration',
  'error',
] as const

/** Objects of which a program sees only the members it names. */
export const BY_MEMBER: ReadonlySet<string> = new Set(['inputs', 'outputs', 'variables'])

/** Ms since the epoch and the names, as `withSeenScope` puts them under `SEEN`. */
export interface Seen {
  readonly now: number
  readonly names: JsonObject
}

/** @throws PayloadsMissing; PayloadUnreadable, also where what it names is too much to be kept */
export function withSeenScope(config: JsonObject, program: string, run: NodeRun): JsonObject {
  const { scope, payloads, evaluation } = run
  const named: Record<string, Json> = {}
  for (const name of SEEN_NAMES) {
    const value = scope[name]
    if (value === undefined || !mentions(program, name)) continue
    const seen = BY_MEMBER.has(name) && isJsonObject(value) ? namedMembers(value, program, name) : value
    // What JSON refers to is JSON.
    named[name] = payloads.whole(seen) as Json
  }
  const length = jsonLength(named, MAX_RENDERED_CHARACTERS)
  if (length > MAX_RENDERED_CHARACTERS) throw new PayloadUnreadable(nodeError('INPUT_INVALID', tooMuch(Object.keys(named))))
  return { ...config, [SEEN]: { now: evaluation.now, names: named } }
}

const tooMuch = (names: readonly string[]): string =>
  `what the program names (${names.join(', ')}) is more than ${MAX_RENDERED_CHARACTERS} characters of JSON; name fewer, or members: outputs.a instead of outputs`

const mentions = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(text)

/**
 * The members whose name stands anywhere in the text; all of them where it uses the object as a whole or by a computed name. Never the object itself:
 * a draft's outputs grow in place while what is made here is kept.
 */
export function namedMembers(members: JsonObject, text: string, object: string): JsonObject {
  const usedWhole = new RegExp(`\\b${object}\\b(?!\\s*\\.|\\s*\\[\\s*\\\\?(["'])[^"'\\\\]*\\\\?\\1\\s*\\])`)
  // The text may be JSON, in which a line's first name follows the n of an escape.
  if (usedWhole.test(text.replaceAll(/\\[nrt]/g, ' '))) return { ...members }
  return Object.fromEntries(
    Object.entries(members).filter(([name]) => text.includes(name) || text.includes(JSON.stringify(name).slice(1, -1))),
  )
}
