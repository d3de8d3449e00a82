// An edge as callers write it (React Flow's names included), made canonical. Its other keys (`id`, `targetHandle`) stay.
import { parseExpression } from '../expression.ts'
import { ExpressionSyntaxError } from '../expression-error.ts'
import { isJsonObject, type Json } from '../json.ts'
import { renamed, withoutNulls, withTextIds } from './members.ts'

const OPTIONAL_MEMBERS = ['from', 'to', 'port', 'when', 'source', 'target', 'sourceHandle']

const RENAMED = [
  ['source', 'from'],
  ['target', 'to'],
  ['sourceHandle', 'port'],
] as const

/** What is no object stays as it is; the shape check reports it. */
export function canonicalEdge(raw: Json): Json {
  if (!isJsonObject(raw)) return raw
  const given = withoutNulls(raw, OPTIONAL_MEMBERS)
  const named = RENAMED.reduce((edge, [from, to]) => renamed(edge, from, to), given)
  const edge = withTextIds(named, ['from', 'to', 'port'])
  return typeof edge.when === 'string' ? { ...edge, when: withoutBraces(edge.when) } : edge
}

/** `{{ a > 1 }}` as `a > 1`. What does not parse stays for validation to report. */
function withoutBraces(text: string): string {
  if (!text.trimStart().startsWith('{{')) return text
  try {
    return parseExpression(text).source
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return text
    throw error
  }
}
