// CEL with JSON numbers: parse once, evaluate in a scope. Used for expression fields, edges' `when` and templates.
// Users read docs/expressions.md. Nothing is ever passed to `eval`.
import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import { findTemplateEnd } from './braces.ts'
import { Compiler } from './expression-compiler.ts'
import { ExpressionSyntaxError } from './expression-error.ts'
import { Evaluation, type EvaluationContext, type Evaluator, type Scope } from './expression-evaluation.ts'
import { toJson } from './expression-result.ts'
import { byteLength, type Json } from './json.ts'
import { MAX_EXPRESSION_BYTES, MAX_EXPRESSION_DEPTH, MAX_PARSED_KEPT } from './limits.ts'
import { memoise } from './memo.ts'

export type { EvaluationContext, Scope }

export interface Expression {
  /** The CEL text, without braces. */
  readonly source: string
  /** Free bare names it reads: not those that `map` and the like bind, not names of functions. */
  readonly names: ReadonlySet<string>
  /** Ids in `outputs.<id>`, `outputs.?id` and `outputs["id"]`. */
  readonly outputs: ReadonlySet<string>
  /** Names of the functions it calls. */
  readonly calls: ReadonlySet<string>
  /** Ids in `approval_url("<id>")`, names in `event_url("<name>")`. */
  readonly approvals: ReadonlySet<string>
  readonly events: ReadonlySet<string>
  /** Names in `secrets.<name>` and `secrets["<name>"]`. */
  readonly secrets: ReadonlySet<string>
  /** Whether it uses `secrets` in any other way, so that nobody can tell which. */
  readonly usesAnySecret: boolean
  /** @throws ExpressionError */
  evaluate(scope: Scope, context: EvaluationContext): Json
}

/** Reads CEL, with or without `{{ }}` around it. Memoised. @throws ExpressionSyntaxError */
export const parseExpression: (source: string) => Expression = memoise((text) => {
  const { start, end } = withoutBraces(text)
  const source = text.slice(start, end)
  try {
    return compileExpression(source)
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error
    throw new ExpressionSyntaxError(error.message, text, start + error.position, { cause: error })
  }
}, MAX_PARSED_KEPT)

/** Where the CEL lies in a text: without white space and one pair of double braces. */
function withoutBraces(text: string): { start: number; end: number } {
  const trimmed = trimRange(text, 0, text.length)
  if (!text.startsWith('{{', trimmed.start)) return trimmed
  const end = findTemplateEnd(text, trimmed.start + 2)
  if (end === null) throw new ExpressionSyntaxError('`{{` is never closed', text, trimmed.start)
  if (end + 2 !== trimmed.end) throw new ExpressionSyntaxError('one expression is expected, here it goes on', text, end + 2)
  return trimRange(text, trimmed.start + 2, end)
}

function trimRange(text: string, start: number, end: number): { start: number; end: number } {
  const inner = text.slice(start, end)
  const from = start + inner.length - inner.trimStart().length
  return { start: from, end: Math.max(from, start + inner.trimEnd().length) }
}

function compileExpression(source: string): Expression {
  const compiler = new Compiler()
  const evaluator = compiler.compile(parse(source))
  return {
    source,
    names: compiler.names,
    outputs: compiler.outputs,
    calls: compiler.calls,
    approvals: compiler.approvals,
    events: compiler.events,
    secrets: compiler.secrets,
    usesAnySecret: compiler.usesAnySecret,
    evaluate: (scope, context) => evaluate(evaluator, new Evaluation(source, scope, context)),
  }
}

// The library's evaluator is not used: see expression-compiler.ts.
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: { maxDepth: MAX_EXPRESSION_DEPTH, maxListElements: MAX_EXPRESSION_BYTES, maxMapEntries: MAX_EXPRESSION_BYTES },
})

/** A date or moment written as it stands: CEL would read `2026-03-01` as a subtraction, which nobody means. */
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/

function parse(source: string): ASTNode {
  if (source === '') throw new ExpressionSyntaxError('an expression is expected', source, 0)
  if (byteLength(source) > MAX_EXPRESSION_BYTES) {
    throw new ExpressionSyntaxError(`longer than ${MAX_EXPRESSION_BYTES} bytes`, source, 0)
  }
  try {
    return environment.parse(MOMENT.test(source) ? `"${source}"` : source).ast
  } catch (error) {
    if (error instanceof ParseError)
      throw new ExpressionSyntaxError(error.summary, source, error.range?.start ?? 0, { cause: error })
    // `!!!!…` recurses in the parser beyond its own limits.
    if (error instanceof RangeError) throw new ExpressionSyntaxError('nested too deeply', source, 0, { cause: error })
    throw error
  }
}

function evaluate(evaluator: Evaluator, run: Evaluation): Json {
  try {
    return toJson(evaluator(run), run)
  } catch (error) {
    // Values of a scope may nest deeper than the stack reaches when they are compared.
    if (error instanceof RangeError) throw run.error('values too large or too deeply nested')
    throw error
  }
}
