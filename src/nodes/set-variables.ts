// `set-variables`: sets variables of the execution and passes its input on. Assignments see the values before this node.
import { z } from 'zod'
import { inlineNode } from './inline-node.ts'
import { jsonField } from './schema.ts'

const rule = `set-variables node requires an 'assign' object of at least one name and value, such as { "total": "{{ value }}" }`

export const setVariables = inlineNode({
  type: 'set-variables',
  aliases: ['variable'],
  summary: 'Sets variables; passes its input on.',
  config: z.looseObject({
    assign: z
      .record(z.string().min(1, { error: 'a variable needs a name' }), jsonField('a variable needs a value'), { error: rule })
      .refine((assign) => Object.keys(assign).length > 0, { error: rule }),
  }),
  example: { assign: { greeting: 'Hello {{ inputs.name }}' } },
  run: ({ assign }, { input }) => ({ kind: 'completed', output: input, assign }),
})
