// Everything thrown as the refusal that a caller sees. What is no refusal of ours is a bug, shown as nothing.
import { HTTPException } from 'hono/http-exception'
import { ApiError } from './errors.ts'

export function asRefusal(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof HTTPException && error.status < 500) return unreadableBody(error.message)
  if (isPassingFailure(error)) return new ApiError('UNAVAILABLE', 'The execution does not answer just now. Try again.')
  return new ApiError('INTERNAL_ERROR', 'Something failed on our side. The request id finds it in the logs.')
}

/** The platform marks errors of a Durable Object call that may pass when repeated or when the load has gone. */
export const isPassingFailure = (error: unknown): boolean =>
  error instanceof Error &&
  (('retryable' in error && error.retryable === true) || ('overloaded' in error && error.overloaded === true))

/** The framework's only refusal: the body, at no path inside it, is no JSON. */
const unreadableBody = (message: string): ApiError =>
  new ApiError('BAD_REQUEST', message, { issues: [{ severity: 'error', code: 'INVALID_JSON', path: '', message }] })
