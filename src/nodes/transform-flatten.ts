// `flatten`: puts the elements of lists in a list in their place, `depth` levels deep.
import { z } from 'zod'
import type { Json, JsonArray } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { resolveList } from './elements.ts'
import { isJsonArray } from './json-array.ts'
import { itemsField } from './schema.ts'

const rule = "'depth' must be a whole number from 1"

export const flattenConfig = z.looseObject({
  transform_type: z.literal('flatten'),
  items: itemsField,
  depth: z.int({ error: rule }).min(1, { error: rule }).default(1),
})

export const flatten = ({ items, depth }: z.output<typeof flattenConfig>, context: InlineContext): Json =>
  flattenLevels(resolveList('flatten', items, context), depth, context)

function flattenLevels(list: JsonArray, depth: number, context: InlineContext): JsonArray {
  if (depth === 0) return list
  return list.flatMap((element) => {
    const inner = context.read(element)
    return isJsonArray(inner) ? flattenLevels(inner, depth - 1, context) : [element]
  })
}
