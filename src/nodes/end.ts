// `end`: gives the workflow its result. Several of them give one together; the engine collects it.
import { z } from 'zod'
import { completed, inlineNode } from './inline-node.ts'
import { jsonField } from './schema.ts'

export const end = inlineNode({
  type: 'end',
  summary: 'The result of the workflow: `output`, or what arrived.',
  config: z.looseObject({ output: jsonField(`'output' must be JSON`).optional() }),
  example: { output: { greeting: 'Hello {{ inputs.name }}' } },
  run: ({ output }, { input }) => completed(output === undefined ? input : output),
})
