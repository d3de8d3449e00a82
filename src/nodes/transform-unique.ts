// `unique`: leaves out elements that have been there before, in the whole or in what `by` says. The first one stays.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import { canonicalJson } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { resolveList } from './elements.ts'
import { itemsField } from './schema.ts'
import { elementReader, selectorField } from './selector.ts'

export const uniqueConfig = z.looseObject({
  transform_type: z.literal('unique'),
  items: itemsField,
  by: selectorField(`'by' must be a field name, or an expression over 'item' such as "item.address.city"`).optional(),
})

export function unique({ items, by }: z.output<typeof uniqueConfig>, context: InlineContext): Json {
  const read = elementReader(by, context)
  const seen = new Set<string>()
  return resolveList('unique', items, context).filter((element, index) => {
    const key = canonicalJson(read(element, index))
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
