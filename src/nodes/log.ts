// `log`: writes one line to the execution's log and passes its input on.
import { z } from 'zod'
import { MAX_LOG_MESSAGE_BYTES } from '../core/limits.ts'
import { cutText } from './cut-text.ts'
import { inlineNode } from './inline-node.ts'
import { jsonText } from './json-text.ts'
import { jsonField } from './schema.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

export const log = inlineNode({
  type: 'log',
  summary: 'Writes a line to the log of the execution; passes its input on.',
  config: z.looseObject({
    level: z.enum(levels, { error: `'level' must be one of ${levels.join(', ')}` }).default('info'),
    // Any JSON: a message that is one template alone keeps the type of its value.
    message: jsonField("log node requires a 'message' field"),
  }),
  example: { level: 'info', message: 'Order {{ inputs.order_id }} accepted' },
  run: ({ level, message }, { input }) => ({
    kind: 'completed',
    output: input,
    log: { level, message: cutText(jsonText(message), MAX_LOG_MESSAGE_BYTES) },
  }),
})
