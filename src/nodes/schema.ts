// Pieces of config schemas that several node types share, with messages that name the rule and the fix.
import { z } from 'zod'
import type { Json } from '../core/json.ts'

/** Any JSON value, null included; `message` is for its absence. */
export const jsonField = (message: string) => z.custom<Json>((value) => value !== undefined, { error: message })

/** A CEL expression, with or without braces. `rule` says what is missing where it is absent or no text. */
export const expressionField = (rule: string) => z.string({ error: rule }).regex(/\S/, { error: rule })

/** Where the subject of a list operation comes from, if not from the input. */
export const itemsField = expressionField(`'items' must be an expression that gives the list, such as "input.orders"`).optional()

/** A list of field names. */
export function fieldsField(operation: string) {
  const rule = `${operation} requires 'fields': a list of field names, such as ["id", "name"]`
  return z.array(z.string({ error: rule }), { error: rule }).refine((fields) => fields.length > 0, { error: rule })
}

/** What headers and query parameters take. */
export const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number or a boolean' })
