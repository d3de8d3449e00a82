// Turns everything thrown into the error envelope. What is not a refusal of ours is a bug: logged whole, shown as nothing.
import type { Hook } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { errorStack } from '../../observability/error-text.ts'
import { logError } from '../../observability/log-error.ts'
import { asRefusal } from '../as-refusal.ts'
import type { HttpEnv } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { invalidRequest } from '../invalid-request.ts'
import { loggedPath } from '../logged-path.ts'

export function answerError(error: Error, c: Context<HttpEnv>): Response {
  const refusal = asRefusal(error)
  const requestId = c.get('requestId')
  if (refusal.status >= 500) {
    logError('request failed', error, { request_id: requestId, path: loggedPath(c.req.path), stack: errorStack(error) })
  }
  if (refusal.retryAfterSeconds !== null) c.header('Retry-After', String(refusal.retryAfterSeconds))
  const details = {
    request_id: requestId,
    ...(refusal.issues.length > 0 && { issues: refusal.issues }),
    ...(refusal.draft !== null && { draft: refusal.draft }),
  }
  return c.json({ success: false, message: refusal.message, error_code: refusal.code, details }, refusal.status)
}

export const answerNotFound = (c: Context<HttpEnv>): Response =>
  answerError(new ApiError('NOT_FOUND', `There is no ${c.req.method} ${loggedPath(c.req.path)}`), c)

/** Who opens the link of an event in a browser wants to see whether it is right. */
export const refuseVisit = (c: Context<HttpEnv>): never => {
  c.header('Allow', 'POST')
  throw new ApiError('METHOD_NOT_ALLOWED', 'This link takes an event: POST it here, its payload as the body. No key is needed.')
}

/** What a request's schema found, every place at once. */
export const refuseInvalid: Hook<unknown, HttpEnv, string, void> = (result) => {
  if (!result.success) throw invalidRequest(result.error)
}
