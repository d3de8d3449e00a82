// `group_by`: an object from the text of each element's key to the list of the elements that have it.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { resolveList } from './elements.ts'
import { jsonText } from './json-text.ts'
import { itemsField } from './schema.ts'
import { elementReader, selectorField } from './selector.ts'

export const groupByConfig = z.looseObject({
  transform_type: z.literal('group_by'),
  items: itemsField,
  key: selectorField(`group_by requires a 'key': a field name, or an expression over 'item' such as "item.address.city"`),
})

export function groupBy({ items, key }: z.output<typeof groupByConfig>, context: InlineContext): Json {
  const read = elementReader(key, context)
  const groups = new Map<string, Json[]>()
  resolveList('group_by', items, context).forEach((element, index) => {
    const name = jsonText(read(element, index))
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [element])
    else group.push(element)
  })
  return Object.fromEntries(groups)
}
