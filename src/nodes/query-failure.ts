// What a database's refusal means for a node: in the database's own words and code, but without the values that it was given.
import { AttemptError } from '../core/attempt-error.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import { cutText } from './cut-text.ts'

export interface Refusal {
  readonly message: string
  /** SQLSTATE, or what the database has instead. */
  readonly code: string
  /** Whether the same statement may succeed a little later. */
  readonly retryable: boolean
  /** More that names things, never values: position, constraint. */
  readonly details?: JsonObject
}

export function queryFailure({ message, code, retryable, details }: Refusal, params: readonly Json[]): AttemptError {
  const text = cutText(hideParameters(message, params), MAX_MESSAGE_BYTES)
  return new AttemptError(nodeError('QUERY_ERROR', text, { retryable, cause: { code, ...details } }))
}

const MAX_MESSAGE_BYTES = 1024

/** The database stopped the statement itself, a moment before the attempt would have ended. */
export const statementTimeout = (): AttemptError =>
  new AttemptError(nodeError('NODE_TIMEOUT', 'The statement took longer than the node allows.', { retryable: true }))

/** Long enough to be no part of other words. */
const MIN_HIDDEN_ANYWHERE = 6
/** What MySQL shows of a value at most. */
const SHOWN_PREFIX = 64
const HIDDEN = '[parameter]'
/** Characters looked at, all parameters together: a fraction of a second, whatever a server answers. */
const MAX_SEARCHED = 100_000_000

/** Databases quote the value they stumble over. Short ones are hidden where they stand in quotes, long ones wherever they stand. */
function hideParameters(message: string, params: readonly Json[]): string {
  const texts = [...new Set(params.flatMap(textsOf))].filter((text) => text !== '').sort((a, b) => b.length - a.length)
  if (texts.length * message.length > MAX_SEARCHED) return 'The database refuses, in more words than can be shown.'
  return texts.reduce((shown, text) => {
    if (text.length >= MIN_HIDDEN_ANYWHERE) return shown.replaceAll(text, HIDDEN)
    return ["'", '"'].reduce((quoted, quote) => quoted.replaceAll(`${quote}${text}${quote}`, `${quote}${HIDDEN}${quote}`), shown)
  }, message)
}

/** A parameter and what it holds, each as it stands in a message. */
function textsOf(value: Json): string[] {
  if (typeof value === 'object' && value !== null) return [JSON.stringify(value), ...Object.values(value).flatMap(textsOf)]
  if (typeof value === 'string') return [value, value.slice(0, SHOWN_PREFIX)]
  return typeof value === 'number' ? [String(value)] : []
}
