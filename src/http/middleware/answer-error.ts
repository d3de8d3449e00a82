// Turns everything thrown into the error envelope. What is not a refusal of ours is a bug: logged whole, shown as nothing.
import type { Hook } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { logError } from '../../observability/log-error.ts'
import type { HttpEnv } from '../deps.ts'
import { ApiError, type RequestIssue } from '../errors.ts'
import { loggedPath } from '../logged-path.ts'

export function answerError(error: Error, c: Context<HttpEnv>): Response {
  const refusal = asRefusal(error)
  const requestId = c.get('requestId')
  if (refusal.status >= 500) {
    logError('request failed', error, { request_id: requestId, path: loggedPath(c.req.path), stack: describe(error) })
  }
  if (refusal.retryAfterSeconds !== null) c.header('Retry-After', String(refusal.retryAfterSeconds))
  const details = { request_id: requestId, ...(refusal.issues.length > 0 && { issues: refusal.issues }) }
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
  if (result.success) return
  const issues = result.error.issues.map((issue): RequestIssue => {
    const path = issue.path.map(String).join('.')
    // Messages of our own schemas stand alone; the library's do not name their place.
    const message = issue.code === 'custom' || path === '' ? issue.message : `${path}: ${issue.message}`
    return { severity: 'error', code: issue.code === 'custom' ? 'INVALID_VALUE' : issue.code.toUpperCase(), path, message }
  })
  throw new ApiError('BAD_REQUEST', issues[0]?.message ?? 'The request is not valid', { issues })
}

function asRefusal(error: Error): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof HTTPException && error.status < 500) return new ApiError('BAD_REQUEST', error.message)
  if (isPassingFailure(error)) return new ApiError('UNAVAILABLE', 'The execution does not answer just now. Try again.')
  return new ApiError('INTERNAL_ERROR', 'Something failed on our side. The request id finds it in the logs.')
}

/** The platform marks errors of a Durable Object call that may pass when repeated or when the load has gone. */
const isPassingFailure = (error: Error): boolean =>
  ('retryable' in error && error.retryable === true) || ('overloaded' in error && error.overloaded === true)

const describe = (error: Error): string =>
  `${error.stack ?? error.message}${error.cause instanceof Error ? `\ncaused by ${describe(error.cause)}` : ''}`
