// The language of `join.when`: `a && (b || sources["my-node"])`. It is not CEL: a source is taken, dead or still open, and a
// join may decide as soon as the open ones cannot change the outcome. Used by validation and by the engine's readiness.
import { MAX_JOIN_DEPTH } from './limits.ts'

export type JoinExpression =
  | { readonly kind: 'source'; readonly id: string; readonly position: number }
  | { readonly kind: 'not'; readonly operand: JoinExpression }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly JoinExpression[] }

/** The text is no join expression; `position` counts UTF-16 units from 0. */
export class JoinSyntaxError extends Error {
  readonly code = 'BAD_JOIN'
  readonly position: number

  constructor(message: string, position: number) {
    super(`${message} at position ${position}`)
    this.name = 'JoinSyntaxError'
    this.position = position
  }
}

interface Token {
  readonly kind: 'source' | '&&' | '||' | '!' | '(' | ')'
  readonly id: string
  readonly position: number
}

interface Cursor {
  readonly tokens: readonly Token[]
  readonly end: number
  next: number
}

const TOKEN = /(&&|\|\||!|\(|\))|sources\s*\[\s*(?:"([\w-]+)"|'([\w-]+)')\s*\]|([\w-]+)/y
const SPACE = /\s*/y

/** @throws JoinSyntaxError */
export function parseJoinExpression(text: string): JoinExpression {
  const cursor: Cursor = { tokens: tokenize(text), end: text.length, next: 0 }
  const expression = parseOr(cursor, 0)
  const rest = cursor.tokens[cursor.next]
  if (rest !== undefined) throw new JoinSyntaxError(`expected && or || but found \`${nameOf(rest)}\``, rest.position)
  return expression
}

/**
 * Evaluates in three values: true (taken), false (dead), null (open). A null answer means that the open sources still decide.
 */
export function evaluateJoin(expression: JoinExpression, taken: (id: string) => boolean | null): boolean | null {
  switch (expression.kind) {
    case 'source':
      return taken(expression.id)
    case 'not': {
      const value = evaluateJoin(expression.operand, taken)
      return value === null ? null : !value
    }
    case 'and':
      return decideBy(false, expression.operands, taken)
    case 'or':
      return decideBy(true, expression.operands, taken)
  }
}

/** Every source that the expression names, as often as it names it. */
export function joinSources(expression: JoinExpression): { readonly id: string; readonly position: number }[] {
  if (expression.kind === 'source') return [expression]
  if (expression.kind === 'not') return joinSources(expression.operand)
  return expression.operands.flatMap(joinSources)
}

/** One operand of the deciding value settles the whole; otherwise one that is open keeps it open. */
function decideBy(deciding: boolean, operands: readonly JoinExpression[], taken: (id: string) => boolean | null): boolean | null {
  let open = false
  for (const operand of operands) {
    const value = evaluateJoin(operand, taken)
    if (value === deciding) return deciding
    open ||= value === null
  }
  return open ? null : !deciding
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let position = skipSpace(text, 0)
  while (position < text.length) {
    TOKEN.lastIndex = position
    const match = TOKEN.exec(text)
    if (match === null) throw new JoinSyntaxError(`unexpected \`${text[position]}\``, position)
    tokens.push({
      kind: (match[1] as Token['kind'] | undefined) ?? 'source', // Group 1 holds exactly the operators.
      id: match[2] ?? match[3] ?? match[4] ?? '',
      position,
    })
    position = skipSpace(text, TOKEN.lastIndex)
  }
  return tokens
}

function skipSpace(text: string, position: number): number {
  SPACE.lastIndex = position
  SPACE.exec(text)
  return SPACE.lastIndex
}

const parseOr = (cursor: Cursor, depth: number) => parseChain(cursor, '||', 'or', () => parseAnd(cursor, depth))
const parseAnd = (cursor: Cursor, depth: number) => parseChain(cursor, '&&', 'and', () => parseUnary(cursor, depth))

function parseChain(cursor: Cursor, operator: '&&' | '||', kind: 'and' | 'or', parse: () => JoinExpression): JoinExpression {
  const first = parse()
  const operands = [first]
  while (cursor.tokens[cursor.next]?.kind === operator) {
    cursor.next++
    operands.push(parse())
  }
  return operands.length === 1 ? first : { kind, operands }
}

function parseUnary(cursor: Cursor, depth: number): JoinExpression {
  const token = cursor.tokens[cursor.next]
  if (token === undefined) throw new JoinSyntaxError('expected a source id, found the end', cursor.end)
  if (depth > MAX_JOIN_DEPTH) throw new JoinSyntaxError(`nested deeper than ${MAX_JOIN_DEPTH}`, token.position)
  cursor.next++
  if (token.kind === 'source') return { kind: 'source', id: token.id, position: token.position }
  if (token.kind === '!') return { kind: 'not', operand: parseUnary(cursor, depth + 1) }
  if (token.kind !== '(') throw new JoinSyntaxError(`expected a source id but found \`${token.kind}\``, token.position)
  const inner = parseOr(cursor, depth + 1)
  const closing = cursor.tokens[cursor.next]
  if (closing?.kind !== ')') throw new JoinSyntaxError('expected `)`', closing?.position ?? cursor.end)
  cursor.next++
  return inner
}

const nameOf = (token: Token): string => (token.kind === 'source' ? token.id : token.kind)
