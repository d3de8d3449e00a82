// `transformer`: reshapes a value without code of one's own. Each `transform_type` has a file, `transform-<type>.ts`, with its
// config schema and the function that does it. They work on the input, or on what `items` gives.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { completed, inlineNode } from './inline-node.ts'
import { aggregate, aggregateConfig } from './transform-aggregate.ts'
import { expression, expressionConfig } from './transform-expression.ts'
import { flatten, flattenConfig } from './transform-flatten.ts'
import { groupBy, groupByConfig } from './transform-group-by.ts'
import { map, mapConfig } from './transform-map.ts'
import { mergeConfig, mergeValues } from './transform-merge.ts'
import { omit, omitConfig } from './transform-omit.ts'
import { pick, pickConfig } from './transform-pick.ts'
import { rename, renameConfig } from './transform-rename.ts'
import { sort, sortConfig } from './transform-sort.ts'
import { unique, uniqueConfig } from './transform-unique.ts'

const config = z.discriminatedUnion(
  'transform_type',
  [
    mapConfig,
    pickConfig,
    omitConfig,
    renameConfig,
    flattenConfig,
    groupByConfig,
    sortConfig,
    uniqueConfig,
    aggregateConfig,
    mergeConfig,
    expressionConfig,
  ],
  {
    error:
      "transformer node requires a 'transform_type': map, pick, omit, rename, flatten, group_by, sort, unique, aggregate, merge or expression",
  },
)

export const transformer = inlineNode({
  type: 'transformer',
  aliases: ['transform'],
  summary: 'Reshapes an object or a list.',
  config,
  expressions: ['items', 'expression', 'operations.*.expression'],
  deferred: ['mapping', 'key', 'by'],
  example: { transform_type: 'map', mapping: { name: '{{ item.name }}', total: '{{ item.price * item.count }}' } },
  run: (settings, context) => completed(transform(settings, context)),
})

function transform(settings: z.output<typeof config>, context: InlineContext): Json {
  switch (settings.transform_type) {
    case 'map':
      return map(settings, context)
    case 'pick':
      return pick(settings, context)
    case 'omit':
      return omit(settings, context)
    case 'rename':
      return rename(settings, context)
    case 'flatten':
      return flatten(settings, context)
    case 'group_by':
      return groupBy(settings, context)
    case 'sort':
      return sort(settings, context)
    case 'unique':
      return unique(settings, context)
    case 'aggregate':
      return aggregate(settings, context)
    case 'merge':
      return mergeValues(settings, context)
    case 'expression':
      return expression(settings, context)
  }
}
