// `merge`: objects are laid over each other, later ones win; lists are put one behind the other. What is merged are the
// elements of `items`, else what arrived over the edges.
import { z } from 'zod'
import type { Json, JsonArray } from '../core/json.ts'
import { isJsonObject } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { resolveList } from './elements.ts'
import { isJsonArray } from './json-array.ts'
import { inputInvalid } from './node-failed.ts'
import { itemsField } from './schema.ts'

export const mergeConfig = z.looseObject({ transform_type: z.literal('merge'), items: itemsField })

export function mergeValues({ items }: z.output<typeof mergeConfig>, context: InlineContext): Json {
  const values = items === undefined ? arrived(context) : resolveList('merge', items, context).map(context.read)
  if (values.every(isJsonArray)) return values.flat()
  if (values.every(isJsonObject)) return Object.fromEntries(values.flatMap((value) => Object.entries(value)))
  throw inputInvalid("'merge' needs objects only or lists only: bring what arrives into one shape before, or use a merge node")
}

/** What came over the edges; at a root, the inputs of the execution. */
const arrived = ({ inputs, input, read }: InlineContext): JsonArray =>
  inputs.length === 0 ? [input] : inputs.map(({ value }) => read(value))
