// `condition`: sends its input on over `true` or `false`.
import { z } from 'zod'
import { evaluateBoolean } from './evaluate-boolean.ts'
import { inlineNode } from './inline-node.ts'
import { expressionField } from './schema.ts'

export const condition = inlineNode({
  type: 'condition',
  aliases: ['if'],
  summary: 'Takes the port true or false; passes its input on.',
  config: z.looseObject({
    condition: expressionField(`condition node requires a 'condition' field: an expression such as "status == 'active'"`),
  }),
  expressions: ['condition'],
  ports: () => ['true', 'false'],
  continuePort: 'false',
  example: { condition: "status == 'active'" },
  run: ({ condition }, context) => ({
    kind: 'completed',
    output: context.input,
    ports: [evaluateBoolean(condition, 'condition', context) ? 'true' : 'false'],
  }),
})
