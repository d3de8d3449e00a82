// Collects every expression of a definition, wherever it stands: bare ones, those in templates, those on edges. They are parsed
// here, once; the checks of references and of what is supported read the result.
import { type ConfigPath, matchesPath } from '../config-path.ts'
import type { Issue } from '../definition.ts'
import { type Expression, parseExpression } from '../expression.ts'
import { ExpressionSyntaxError } from '../expression-error.ts'
import { errorAt, type Place } from '../issue.ts'
import { byteLength, type Json } from '../json.ts'
import { MAX_CONFIG_STRING_BYTES } from '../limits.ts'
import { isTemplate, parseTemplate } from '../template.ts'
import type { CheckedNode, Subject } from './subject.ts'

export interface Usage {
  readonly place: Place
  readonly expression: Expression
  /** The node in whose scope it is evaluated: of an edge, its source. Undefined where that does not exist. */
  readonly node: CheckedNode | undefined
  /** Edges are chosen after their source, whose output they may name. */
  readonly afterNode: boolean
}

export interface Usages {
  readonly usages: readonly Usage[]
  readonly issues: readonly Issue[]
}

interface Found {
  readonly usages: Usage[]
  readonly issues: Issue[]
}

export function collectUsages(subject: Subject): Usages {
  const found: Found = { usages: [], issues: [] }
  for (const node of subject.nodes) collectFromConfig(withoutBody(node), [], node, found)
  for (const [index, { from, when }] of subject.definition.edges.entries()) {
    if (when === undefined) continue
    const node = subject.byId.get(from)
    const place = { path: ['edges', index, 'when'], nodeId: node?.definition.id }
    collect(() => [parseExpression(when)], { place, node, afterNode: true }, found)
  }
  return found
}

/** What a loop's body holds is evaluated in the body's own scope. */
function withoutBody({ definition, type }: CheckedNode): Json {
  if (type?.body === undefined) return definition.config
  const { body: _body, ...rest } = definition.config
  return rest
}

function collectFromConfig(value: Json, path: ConfigPath, node: CheckedNode, found: Found): void {
  if (typeof value === 'string') collectFromText(value, path, node, found)
  else if (typeof value === 'object' && value !== null) {
    const members: Iterable<[string | number, Json]> = Array.isArray(value) ? value.entries() : Object.entries(value)
    for (const [key, member] of members) collectFromConfig(member, [...path, key], node, found)
  }
}

function collectFromText(text: string, path: ConfigPath, node: CheckedNode, found: Found): void {
  const { index, definition, type } = node
  const bare = type !== undefined && type.expressions.length > 0 && matchesPath(type.expressions, path)
  const long = text.length * 3 > MAX_CONFIG_STRING_BYTES // UTF-8 takes at most three bytes per unit: most texts need no count.
  if (!bare && !long && !isTemplate(text)) return
  if (bare && text.trim() === '') return // The type's schema says that it is missing.
  const place = { path: ['nodes', index, 'config', ...path], nodeId: definition.id }
  if (long && byteLength(text) > MAX_CONFIG_STRING_BYTES) {
    const message = `${byteLength(text)} bytes in one string; the limit is ${MAX_CONFIG_STRING_BYTES}`
    found.issues.push(errorAt('TOO_LARGE', place, message))
    return
  }
  const parse = () => (bare ? [parseExpression(text)] : isTemplate(text) ? parseTemplate(text).expressions : [])
  collect(parse, { place, node, afterNode: false }, found)
}

function collect(parse: () => readonly Expression[], where: Omit<Usage, 'expression'>, { usages, issues }: Found): void {
  try {
    for (const expression of parse()) usages.push({ ...where, expression })
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error
    issues.push(errorAt('BAD_EXPRESSION', where.place, `${error.message} (at position ${error.position})`))
  }
}
