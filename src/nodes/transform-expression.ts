// `expression`: the value of one expression over the input.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { expressionField } from './schema.ts'

export const expressionConfig = z.looseObject({
  transform_type: z.literal('expression'),
  expression: expressionField(`expression requires an 'expression', such as "input.items.size()"`),
})

export const expression = (config: z.output<typeof expressionConfig>, context: InlineContext): Json =>
  context.evaluate(config.expression)
