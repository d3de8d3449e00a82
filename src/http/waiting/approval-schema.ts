// An approval as the API shows it, and an answer to it as the API takes it.
import { z } from '@hono/zod-openapi'
import { executionStatusSchema } from '../execution-schema.ts'
import { MAX_ANSWERER_LENGTH, MAX_COMMENT_LENGTH } from '../limits.ts'
import { jsonObjectSchema } from '../schema.ts'

const decision = z.enum(['approved', 'rejected'])

export const approvalSchema = z
  .object({
    execution_id: z.string(),
    execution_status: executionStatusSchema,
    epoch: z.int(),
    node_id: z.string().openapi({ description: 'Path of the node: `review`, or `each[3].review` in a loop.' }),
    status: z.enum(['early', 'waiting', 'answered', 'closed']).openapi({
      description: '`early`: not asked yet, an answer is kept. `closed`: it was not answered, and cannot be any more.',
    }),
    prompt: z.string().nullable(),
    form: z.record(z.string(), z.unknown()).nullable().openapi({ description: 'JSON Schema of the form of an approval' }),
    until: z.iso.datetime().nullable(),
    answer: z
      .object({
        decision,
        by: z.string(),
        via: z.enum(['key', 'link']).openapi({ description: '`link`: nobody has checked `by`.' }),
        at: z.iso.datetime(),
      })
      .nullable(),
  })
  .openapi('Approval')

/** It stands in logs and messages: one line. */
const oneLine = z
  .string()
  .trim()
  .min(1)
  .max(MAX_ANSWERER_LENGTH)
  .regex(/^\P{Cc}*$/u, { error: 'Expected one line of text' })
  // The generator takes the flag for a part of it.
  .openapi({ pattern: '^\\P{Cc}*$' })

export const answerSchema = z
  .object({
    decision: z
      .enum(['approve', 'approved', 'reject', 'rejected'])
      .transform((word) => (word.startsWith('a') ? 'approved' : 'rejected')),
    comment: z.string().max(MAX_COMMENT_LENGTH).optional(),
    form: jsonObjectSchema.optional().openapi({ description: "Checked with the node's `form`; a rejection needs none." }),
    fields: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ description: 'What an HTML form sends instead of `form`: its values as text.' }),
    by: oneLine.optional().openapi({ description: 'Who answers, where a link does not tell; with a key, its user does.' }),
  })
  .openapi('ApprovalAnswer')

export type AnswerBody = z.infer<typeof answerSchema>
