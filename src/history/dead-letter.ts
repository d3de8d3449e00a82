// A dead letter: what nobody will try again by itself. An execution that failed, the error workflow of one that could not be started,
// a callback that nobody took, or a message whose deliveries ran out.
import { z } from 'zod'
import { MAX_DEAD_LETTER_EXCERPT_BYTES } from '../core/limits.ts'
import type { ExecutionRecord } from './execution-record.ts'
import { truncateText } from './truncate-text.ts'

export const deadLetterSchema = z.object({
  /** Derived from what failed, so that storing it again changes nothing. */
  id: z.string(),
  kind: z.enum(['execution', 'error_workflow', 'callback', 'message']),
  /** The queue whose deliveries ran out; null for what is no message. */
  queue: z.string().nullable(),
  execution_id: z.string().nullable(),
  /** Null where a message does not tell. */
  community_id: z.string().nullable(),
  workflow_id: z.string().nullable(),
  config_hash: z.string().nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  error_node_id: z.string().nullable(),
  /** The beginning of a message's body or of an execution's metadata. */
  excerpt: z.string().nullable(),
  /** JSON of a whole message, so that it can be sent again; null for what has the execution's record. */
  body: z.string().nullable(),
  /** Deliveries of a message. */
  attempts: z.number().int().nullable(),
  /** Ms since the epoch. */
  created_at: z.number().int(),
})
export type DeadLetter = z.infer<typeof deadLetterSchema>

/** Cuts a text to what a dead letter shows of it. */
export const excerptOf = (text: string): string => truncateText(text, MAX_DEAD_LETTER_EXCERPT_BYTES)

/** The letter of a failed execution: one for each epoch that failed. */
export const executionLetter = (record: ExecutionRecord): DeadLetter => ({
  id: `execution:${record.execution_id}:${record.epoch}`,
  kind: 'execution',
  queue: null,
  execution_id: record.execution_id,
  community_id: record.community_id,
  workflow_id: record.workflow_id,
  config_hash: record.config_hash,
  error_code: record.error_code,
  error_message: record.error_message === null ? null : excerptOf(record.error_message),
  error_node_id: record.error_node_id,
  excerpt: excerptOf(JSON.stringify(record.metadata)),
  body: null,
  attempts: null,
  created_at: record.ended_at ?? record.started_at,
})

interface NotStarted {
  readonly errorWorkflow: string
  /** Null where it was not refused, but the platform failed time and again. */
  readonly code: string | null
  readonly reason: string
  /** Deliveries of the message that tried. */
  readonly attempts: number
}

/** The letter of a failure that its error workflow was not told: one for each epoch that failed. */
export const errorWorkflowLetter = (
  record: ExecutionRecord,
  { errorWorkflow, code, reason, attempts }: NotStarted,
): DeadLetter => ({
  ...executionLetter(record),
  id: `error_workflow:${record.execution_id}:${record.epoch}`,
  kind: 'error_workflow',
  error_code: code,
  error_message: excerptOf(`The error workflow ${errorWorkflow} was not started: ${reason}`),
  error_node_id: null,
  attempts,
})

interface NotTaken {
  /** The message that asks for the call. */
  readonly message: object
  readonly code: string | null
  readonly reason: string
  readonly attempts: number
}

/** The letter of an end that its receiver did not take: one for each epoch that ended. */
export const callbackLetter = (record: ExecutionRecord, { message, code, reason, attempts }: NotTaken): DeadLetter => ({
  ...executionLetter(record),
  id: `callback:${record.execution_id}:${record.epoch}`,
  kind: 'callback',
  error_code: code,
  error_message: excerptOf(`The callback was not taken: ${reason}`),
  error_node_id: null,
  body: JSON.stringify(message),
  attempts,
})
