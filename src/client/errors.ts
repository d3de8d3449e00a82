// What a call of the client can fail with. Every refusal of the API is a `MillraceError`; the classes below are for `catch`.
import type { ExecutionView, RequestIssue } from '../http/api-types.ts'

/** A refusal as the API words it. */
export interface Refusal {
  /** Of HTTP; 0 where no answer came. */
  readonly status: number
  /** `error_code` of the answer, as `WORKFLOW_NOT_FOUND`; `NO_ANSWER` and `BAD_ANSWER` are the client's own. */
  readonly code: string
  readonly message: string
  /** To quote when asking for help; null where no answer came. */
  readonly requestId: string | null
  /** Every problem of the request, each with its path. */
  readonly issues: readonly RequestIssue[]
  /** When it may be worth while to ask again; null: nobody knows. */
  readonly retryAfterSeconds: number | null
}

export class MillraceError extends Error implements Refusal {
  override readonly name: string = 'MillraceError'
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  readonly issues: readonly RequestIssue[]
  readonly retryAfterSeconds: number | null

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.message, options)
    this.status = refusal.status
    this.code = refusal.code
    this.requestId = refusal.requestId
    this.issues = refusal.issues
    this.retryAfterSeconds = refusal.retryAfterSeconds
  }
}

/** 400, 405 and 413: the request itself is wrong; `issues` say where. */
export class InvalidRequestError extends MillraceError {
  override readonly name = 'InvalidRequestError'
}

/** 401: no key, or one that is not valid. */
export class UnauthorizedError extends MillraceError {
  override readonly name = 'UnauthorizedError'
}

/** 403: the key is valid and may not do this. */
export class PermissionDeniedError extends MillraceError {
  override readonly name = 'PermissionDeniedError'
}

/** 404 and 410: it does not exist, or no longer; or it is another community's. */
export class NotFoundError extends MillraceError {
  override readonly name = 'NotFoundError'
}

/** 409 and 412: it is not in a state for this, or somebody was faster. */
export class ConflictError extends MillraceError {
  override readonly name = 'ConflictError'
}

/** 429: too many requests, or no room for one more. */
export class RateLimitedError extends MillraceError {
  override readonly name = 'RateLimitedError'
}

/** 5xx, or no answer at all: asking again later may help. Whether the request took effect is not known, unless it has a key of its own. */
export class UnavailableError extends MillraceError {
  override readonly name = 'UnavailableError'
}

/** An execution that was run to its end has failed, or was cancelled. */
export class ExecutionFailedError extends Error {
  override readonly name = 'ExecutionFailedError'
  readonly execution: ExecutionView

  constructor(execution: ExecutionView) {
    const { execution_id: id, status, error_node_id: node, error_message: message } = execution
    const cause = [node === null ? null : `at ${node}`, message].filter((part) => part !== null).join(': ')
    super(`Execution ${id} ${status === 'cancelled' ? 'was cancelled' : status}${cause === '' ? '' : ` ${cause}`}`)
    this.execution = execution
  }
}

/** The refusal as the class that its status stands for. */
export function errorFor(refusal: Refusal, options?: ErrorOptions): MillraceError {
  const { status } = refusal
  if (status === 401) return new UnauthorizedError(refusal, options)
  if (status === 403) return new PermissionDeniedError(refusal, options)
  if (status === 404 || status === 410) return new NotFoundError(refusal, options)
  if (status === 409 || status === 412) return new ConflictError(refusal, options)
  if (status === 429) return new RateLimitedError(refusal, options)
  if (status === 0 || status >= 500) return new UnavailableError(refusal, options)
  return new InvalidRequestError(refusal, options)
}
