// Every message that travels by queue, parsed once where it arrives. Messages carry references, never payloads.
import { z } from 'zod'

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

export const taskMessageSchema = z.discriminatedUnion('kind', [strandedSettlementSchema, attemptMessageSchema])
export type TaskMessage = z.infer<typeof taskMessageSchema>
