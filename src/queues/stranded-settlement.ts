// A settlement that could not be delivered, as it lies in R2 until the task queue's consumer delivers it.
import { z } from 'zod'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { payloadPrefix } from '../core/payload.ts'
import type { Settlement } from '../runner/task.ts'

/** The same settlement has the same key: storing it again changes nothing. It goes with its execution, should it be left there. */
export const strandedSettlementKey = ({ executionId, epoch, node, attempt }: Settlement): string =>
  `${payloadPrefix(executionId)}settlements/${epoch}.${node}.${attempt}.json`

// What `JSON.parse` gives is JSON; only the shape around it needs proof.
const json = z.custom<Json>((value) => value !== undefined)

const resultSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('completed'),
    output: json,
    metadata: z.custom<JsonObject>(isJsonObject).exactOptional(),
    payloads: z.array(z.object({ $payload: z.string(), size: z.int(), mark: z.string() })).exactOptional(),
  }),
  z.object({ kind: z.literal('child'), executionId: z.string() }),
  z.object({
    kind: z.literal('failed'),
    error: z.object({
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      status: z.number().exactOptional(),
      retry_after_seconds: z.number().exactOptional(),
      cause: json.exactOptional(),
    }),
  }),
])

const settlementSchema = z.object({
  executionId: z.string(),
  epoch: z.int(),
  node: z.string(),
  attempt: z.int(),
  result: resultSchema,
})

/** @throws SyntaxError, ZodError where the text is no settlement. */
export const parseSettlement = (text: string): Settlement => settlementSchema.parse(JSON.parse(text))
