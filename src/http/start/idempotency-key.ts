// The key under which a request is made once, however often it is sent: from a header, or from a body.
import { z } from '@hono/zod-openapi'
import { badRequest } from '../errors.ts'
import { MAX_IDEMPOTENCY_KEY_LENGTH } from '../limits.ts'

const RULE = `must be 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} printable ASCII characters`

export const idempotencyKeySchema = z
  .string()
  .regex(new RegExp(`^[\\x20-\\x7e]{1,${MAX_IDEMPOTENCY_KEY_LENGTH}}$`), { error: RULE })

/** @throws ApiError where it cannot be one: ignoring it would start twice */
export function readIdempotencyKey(header: string | null): string | null {
  if (header === null || idempotencyKeySchema.safeParse(header).success) return header
  throw badRequest('Idempotency-Key', `Idempotency-Key ${RULE}`)
}
