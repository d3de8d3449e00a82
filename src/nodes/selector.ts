// `key` and `by` say what counts of an element: the name of one of its fields (`age`), or an expression over it
// (`item.address.city`). A bare field name is not a name of the scope, so validation of expressions must not look at it:
// the syntax of selectors is checked by their schema.
import { z } from 'zod'
import { parseExpression } from '../core/expression.ts'
import { ExpressionSyntaxError } from '../core/expression-error.ts'
import type { Json } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { elementScope, readField } from './elements.ts'

/** One identifier alone, unless it is a name that the scope of an element has. */
const fieldName = /^(?!(?:item|index|value)$)[A-Za-z_]\w*$/

export const selectorField = (rule: string) =>
  z.string({ error: rule }).superRefine((selector, issues) => {
    const message = selector.trim() === '' ? rule : syntaxError(selector)
    if (message !== null) issues.addIssue({ code: 'custom', message })
  })

function syntaxError(selector: string): string | null {
  if (fieldName.test(selector.trim())) return null
  try {
    parseExpression(selector)
    return null
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return error.message
    throw error
  }
}

/** Reads what the selector says of each element; absent, the element itself. A field that an element does not have is null. */
export function elementReader(selector: string | undefined, context: InlineContext): (element: Json, index: number) => Json {
  const { read } = context
  if (selector === undefined) return read
  const field = selector.trim()
  if (fieldName.test(field)) return (element) => readField(read(element), field)
  return (element, index) => context.evaluate(selector, elementScope(element, index, context))
}
