// Which statuses a node expects, and what another one means.
import { AttemptError } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import { parseRetryAfter } from './retry-after.ts'
import { isRetryableStatus } from './retryable-status.ts'

/** `xx` stands for any two digits. */
export const isExpected = (expected: readonly string[], status: number): boolean =>
  expected.some((pattern) =>
    pattern.endsWith('xx') ? Math.floor(status / 100) === Number(pattern[0]) : Number(pattern) === status,
  )

export function statusFailure({ status, headers }: Response, message: string, cause?: Json): AttemptError {
  const retryAfter = parseRetryAfter(headers.get('retry-after'), Date.now())
  const error = nodeError('HTTP_STATUS', message, {
    status,
    retryable: isRetryableStatus(status),
    ...(retryAfter !== null && { retry_after_seconds: retryAfter }),
    ...(cause !== undefined && { cause }),
  })
  return new AttemptError(error)
}
