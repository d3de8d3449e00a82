// `sort`: orders a list by `by` (absent: by the elements themselves). Stable in both orders: equal elements keep their order.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { compareJson } from './compare-json.ts'
import { resolveList } from './elements.ts'
import { itemsField } from './schema.ts'
import { elementReader, selectorField } from './selector.ts'

export const sortConfig = z.looseObject({
  transform_type: z.literal('sort'),
  items: itemsField,
  by: selectorField(`'by' must be a field name, or an expression over 'item' such as "item.address.city"`).optional(),
  order: z.enum(['asc', 'desc'], { error: "'order' must be 'asc' or 'desc'" }).default('asc'),
})

export function sort({ items, by, order }: z.output<typeof sortConfig>, context: InlineContext): Json {
  const read = elementReader(by, context)
  const direction = order === 'asc' ? 1 : -1
  return resolveList('sort', items, context)
    .map((element, index) => ({ element, key: read(element, index) }))
    .sort((left, right) => direction * compareJson(left.key, right.key))
    .map(({ element }) => element)
}
