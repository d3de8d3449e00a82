// Where `{{ expression }}` ends: a `}}` counts only outside CEL's strings, comments and brackets, so that
// `{{ {"a": {"b": 1}} }}` and `{{ "}}" }}` are what they look like.
import { MAX_EXPRESSION_BYTES } from './limits.ts'

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
// Raw strings (r"…") do not unescape, but a quote after a backslash does not end them either.
const STRING = /"""(?:\\.|[^\\])*?"""|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'/sy
const COMMENT = /\/\/[^\n]*/y

/**
 * The offset of the `}}` that closes the braces before `start`, or null where there is none. Where brackets do not balance
 * it is the first `}}`: the parser then says what is missing.
 */
export function findTemplateEnd(text: string, start: number): number | null {
  // No expression is longer, and looking for the ends of strings takes quadratic time at worst.
  const end = findBalancedEnd(text.slice(start, start + MAX_EXPRESSION_BYTES + '}}'.length))
  if (end !== null) return start + end
  const first = text.indexOf('}}', start)
  return first === -1 ? null : first
}

function findBalancedEnd(text: string): number | null {
  const open: string[] = []
  let position = 0
  while (position < text.length) {
    const character = text.charAt(position)
    if (open.length === 0 && text.startsWith('}}', position)) return position
    const closing = CLOSING[character]
    if (closing !== undefined) open.push(closing)
    else if (character === open.at(-1)) open.pop()
    position = skipToken(text, position)
  }
  return null
}

/** The offset after the string, comment or single character at a position. */
function skipToken(text: string, position: number): number {
  const character = text.charAt(position)
  const token = character === '"' || character === "'" ? STRING : character === '/' ? COMMENT : null
  if (token === null) return position + 1
  token.lastIndex = position
  // A string without its end: the parser says so, wherever the braces are taken to end.
  return token.test(text) ? token.lastIndex : position + 1
}
