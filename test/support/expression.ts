// What tests of the expression language evaluate in.
import { type EvaluationContext, parseExpression, type Scope } from '../../src/core/expression.ts'
import type { Json } from '../../src/core/json.ts'

export const NOW = Date.parse('2026-07-04T10:20:30.250Z')

/** `uuid()` counts up. */
export const expressionContext = (): EvaluationContext => {
  let count = 0
  return {
    now: NOW,
    spent: { steps: 0 },
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
    link: ({ kind, target }) => ({ url: `https://millrace.example/${kind}s/${target}` }),
  }
}

export const evaluate = (source: string, scope: Scope = {}): Json => parseExpression(source).evaluate(scope, expressionContext())

/** The error that a function throws; fails where it throws none. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
