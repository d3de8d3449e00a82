// `map`: makes each element anew, by one expression or by a mapping whose templates are rendered per element.
// With neither, the input passes unchanged. An object or a single value is mapped as one element.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { collect, elementScope, resolveSubject } from './elements.ts'
import { isJsonArray } from './json-array.ts'
import { expressionField, itemsField, jsonField } from './schema.ts'

export const mapConfig = z
  .looseObject({
    transform_type: z.literal('map'),
    items: itemsField,
    expression: expressionField(`'expression' must be an expression over 'item', such as "item.price * 2"`).optional(),
    mapping: jsonField("'mapping' must be the shape of one element, with templates over 'item'").optional(),
  })
  .refine(({ expression, mapping }) => expression === undefined || mapping === undefined, {
    path: ['mapping'],
    error: "map takes 'expression' or 'mapping', not both",
  })

export function map({ items, expression, mapping }: z.output<typeof mapConfig>, context: InlineContext): Json {
  const passes = expression === undefined && mapping === undefined
  if (passes && items === undefined) return context.input
  const subject = resolveSubject(items, context)
  if (passes) return subject
  const change = (element: Json, index: number): Json => {
    const scope = elementScope(element, index, context)
    return expression === undefined ? context.render(mapping ?? null, scope) : context.evaluate(expression, scope)
  }
  return isJsonArray(subject) ? collect(subject, change) : change(subject, 0)
}
