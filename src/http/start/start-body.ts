// The body of a start, and the inputs in it. Unknown keys are ignored.
import { z } from '@hono/zod-openapi'
import { canonicalJson, type JsonObject, jsonByteLength } from '../../core/json.ts'
import { MAX_CALLBACK_URL_LENGTH, MAX_DELAY_SECONDS, MAX_INPUT_BYTES, MAX_METADATA_BYTES } from '../../core/limits.ts'
import { ApiError, badRequest } from '../errors.ts'
import { MAX_HEADER_ID_LENGTH } from '../limits.ts'
import { SANE_ID } from '../middleware/request-id.ts'
import { communityIdSchema, jsonObjectSchema } from '../schema.ts'
import { idempotencyKeySchema } from './idempotency-key.ts'

/** One thing under the names that callers know it by. */
const INPUT_NAMES = ['variables', 'inputs', 'input_data', 'trigger_data'] as const

/** An id that is repeated in headers, logs and answers; what may stand in a header may stand here. */
const labelSchema = (description: string) =>
  z
    .string()
    .regex(SANE_ID, { error: `must be 1 to ${MAX_HEADER_ID_LENGTH} printable ASCII characters without spaces` })
    .optional()
    .openapi({ description })

export const startBodySchema = z
  .looseObject({
    variables: jsonObjectSchema.optional().openapi({ description: 'Inputs of the execution; they override the defaults.' }),
    inputs: jsonObjectSchema.optional().openapi({ description: 'The same as `variables`.' }),
    input_data: jsonObjectSchema.optional().openapi({ description: 'The same as `variables`.' }),
    trigger_data: jsonObjectSchema.optional().openapi({ description: 'The same as `variables`.' }),
    community_id: communityIdSchema.optional(),
    metadata: jsonObjectSchema.optional(),
    priority: z.enum(['high', 'normal', 'low']).optional(),
    version: z.int().min(1).optional().openapi({ description: 'A version of the stored workflow; absent: the latest.' }),
    start_at: z.iso.datetime({ offset: true }).optional().openapi({
      description: 'The first node runs then, at most 365 days from now; a moment that has passed is now.',
    }),
    delay_seconds: z.number().min(0).max(MAX_DELAY_SECONDS).optional().openapi({
      description: 'The same as `start_at`, counted from now.',
    }),
    idempotency_key: idempotencyKeySchema.optional().openapi({
      description: 'The same as the header `Idempotency-Key`: the same key and body start once, whatever is repeated.',
    }),
    correlation_id: labelSchema('The same as the header `X-Correlation-ID`, and stronger.'),
    session_id: labelSchema('Carried through to what the execution starts; absent: `metadata.session_id`, where it is a text.'),
    parent_execution_id: labelSchema('What this execution belongs to, as its caller says; searches find it by this.'),
    callback_url: z.string().max(MAX_CALLBACK_URL_LENGTH).optional().openapi({
      description: 'Where a signed POST tells the end of the execution; absent: `settings.callback_url` of the workflow.',
    }),
    async_execution: z.boolean().optional().openapi({ description: '`false` waits up to 30 s for the end.' }),
  })
  .openapi('Start')

/** Of what the caller names in the body. */
export const namedStartSchema = startBodySchema.extend({
  workflow_id: z.string().min(1).optional().openapi({ description: 'A stored workflow. Give this or `workflow`.' }),
  workflow: z
    .unknown()
    .optional()
    .openapi({ type: 'object', description: 'A definition as in `POST /workflows`; its `workflow_id` is a label only.' }),
})

export type StartBody = z.infer<typeof startBodySchema>

/** The inputs, whichever name they came under. @throws ApiError where two names carry different content, or too much */
export function readInputs(body: StartBody): JsonObject {
  const given = INPUT_NAMES.flatMap((name) => (body[name] === undefined ? [] : [{ name, value: body[name] }]))
  const first = given[0]
  if (first === undefined) return {}
  const other = given.find(({ value }) => canonicalJson(value) !== canonicalJson(first.value))
  if (other !== undefined)
    throw badRequest(other.name, `${first.name} and ${other.name} mean the same and differ: send one of them`)
  assertSize(first.name, first.value, MAX_INPUT_BYTES)
  return first.value
}

/** Ms since the epoch; undefined: at once. @throws ApiError where it is too far away, or said twice */
export function readStartAt({ start_at: at, delay_seconds: seconds }: StartBody, now: number): number | undefined {
  if (at !== undefined && seconds !== undefined) throw badRequest('delay_seconds', 'Give start_at or delay_seconds, not both')
  if (seconds !== undefined) return now + Math.ceil(seconds * 1000)
  if (at === undefined) return undefined
  const moment = Date.parse(at)
  if (moment - now <= MAX_DELAY_SECONDS * 1000) return moment
  throw badRequest('start_at', `start_at is at most ${MAX_DELAY_SECONDS} seconds (365 days) from now`)
}

/** @throws ApiError where it is too large */
export function readMetadata(body: StartBody): JsonObject {
  const metadata = body.metadata ?? {}
  assertSize('metadata', metadata, MAX_METADATA_BYTES)
  return metadata
}

function assertSize(path: string, value: JsonObject, maxBytes: number): void {
  const bytes = jsonByteLength(value)
  if (bytes <= maxBytes) return
  const message = `${path} has ${bytes} bytes as JSON, at most ${maxBytes} are allowed`
  throw new ApiError('VALIDATION_FAILED', message, { issues: [{ severity: 'error', code: 'TOO_LARGE', path, message }] })
}
