// `merge`: joins what arrived over the taken edges, in definition order of edges.
//   object  objects are laid over each other, later ones win; anything else goes in under the id of its source
//   append  lists are put one behind the other; anything else is added as one element
//   first   the first that arrived; null where nothing did
//   zip     lists become a list of tuples, as long as the longest, null where a shorter one has ended
import { z } from 'zod'
import type { Json, JsonArray } from '../core/json.ts'
import { isJsonObject } from '../core/json.ts'
import type { InlineContext, NodeInput } from '../core/node-type.ts'
import { describeJson } from './describe-json.ts'
import { completed, inlineNode } from './inline-node.ts'
import { isJsonArray } from './json-array.ts'
import { inputInvalid } from './node-failed.ts'

const modes = ['object', 'append', 'first', 'zip'] as const

export const merge = inlineNode({
  type: 'merge',
  summary: 'Joins the outputs of several nodes into one value.',
  config: z.looseObject({ mode: z.enum(modes, { error: `'mode' must be one of ${modes.join(', ')}` }).default('object') }),
  example: { mode: 'object' },
  run: ({ mode }, context) => completed(join(mode, context)),
})

function join(mode: (typeof modes)[number], { inputs: arrived, read }: InlineContext): Json {
  if (mode === 'first') return arrived[0]?.value ?? null
  const inputs = arrived.map((input) => ({ ...input, value: read(input.value) }))
  switch (mode) {
    case 'object':
      return Object.fromEntries(
        inputs.flatMap(({ source, value }): [string, Json][] =>
          isJsonObject(value) ? Object.entries(value) : [[source, value]],
        ),
      )
    case 'append':
      return inputs.flatMap(({ value }) => value)
    case 'zip':
      return zip(inputs.map(listOf))
  }
}

function listOf({ source, value }: NodeInput): JsonArray {
  if (isJsonArray(value)) return value
  throw inputInvalid(`mode 'zip' needs lists, and node '${source}' gave ${describeJson(value)}`)
}

function zip(lists: readonly JsonArray[]): JsonArray {
  const length = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length }, (_, index) => lists.map((list) => list[index] ?? null))
}
