// The `status` filter of lists: the API's words and the synonyms that callers know, in any case.
import { z } from '@hono/zod-openapi'
import type { ExecutionRecord } from '../history/execution-record.ts'

type Status = ExecutionRecord['status']

const STATUSES: Readonly<Record<string, readonly Status[]>> = {
  pending: ['pending'],
  queued: ['pending'],
  running: ['running'],
  waiting: ['waiting'],
  paused: ['paused'],
  completed: ['completed'],
  success: ['completed'],
  failed: ['failed'],
  error: ['failed'],
  cancelled: ['cancelled'],
}

/** The statuses a word stands for. */
export const statusQuerySchema = z
  .string()
  .transform((text, context) => {
    const word = text.toLowerCase()
    if (Object.hasOwn(STATUSES, word)) return STATUSES[word]
    context.addIssue({ code: 'custom', message: `Invalid status: ${text}` })
    return z.NEVER
  })
  .openapi({ type: 'string', enum: Object.keys(STATUSES) })
