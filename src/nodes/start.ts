// `start`: the entry of a workflow. Its output is the inputs of the execution.
import { z } from 'zod'
import { completed, inlineNode } from './inline-node.ts'

export const start = inlineNode({
  type: 'start',
  aliases: ['trigger'],
  summary: 'The entry point: passes the inputs of the execution on.',
  config: z.looseObject({}),
  example: {},
  run: (_config, { input }) => completed(input),
})
