// Every message that travels by queue, parsed once where it arrives. Messages carry references, never payloads.
import { z } from 'zod'
import { executionRecordSchema } from '../history/execution-record.ts'

/** A settlement that could not be delivered: it lies in R2 under `key`. */
const strandedSettlementSchema = z.object({
  kind: z.literal('settlement'),
  execution_id: z.string(),
  key: z.string(),
})

/** An attempt above the Runner's bound: the consumer claims it from its execution and performs it. */
const attemptMessageSchema = z.object({
  kind: z.literal('attempt'),
  execution_id: z.string(),
  epoch: z.number().int(),
  node: z.string(),
  attempt: z.number().int(),
})

/** Somebody has to hear that an execution has ended. Its record is what history stores: facts, no payloads. */
const callbackMessageSchema = z.object({ kind: z.literal('callback'), url: z.string(), record: executionRecordSchema })
export type CallbackMessage = z.infer<typeof callbackMessageSchema>

export const taskMessageSchema = z.discriminatedUnion('kind', [
  strandedSettlementSchema,
  attemptMessageSchema,
  callbackMessageSchema,
])
export type TaskMessage = z.infer<typeof taskMessageSchema>
