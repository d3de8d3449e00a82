// `fail`: fails on purpose, with a code of the workflow's own that retry policies and error edges can tell apart.
import { z } from 'zod'
import { MAX_LOG_MESSAGE_BYTES } from '../core/limits.ts'
import { cutText } from './cut-text.ts'
import { inlineNode } from './inline-node.ts'
import { jsonText } from './json-text.ts'
import { jsonField } from './schema.ts'

const codeRule = "'code' must be up to 64 capital letters, digits and underscores, a letter first, such as OUT_OF_STOCK"

export const fail = inlineNode({
  type: 'fail',
  summary: 'Fails with a code and a message of your own.',
  config: z.looseObject({
    code: z
      .string({ error: codeRule })
      .regex(/^[A-Z][A-Z0-9_]{0,63}$/, { error: codeRule })
      .default('NODE_FAILED'),
    message: jsonField("'message' must be text").default('The workflow failed on purpose.'),
    retryable: z.boolean({ error: "'retryable' must be true or false" }).default(false),
  }),
  example: { code: 'OUT_OF_STOCK', message: 'No {{ inputs.article }} left' },
  run: ({ code, message, retryable }) => ({
    kind: 'failed',
    error: { code, message: cutText(jsonText(message), MAX_LOG_MESSAGE_BYTES, '[truncated]'), retryable },
  }),
})
