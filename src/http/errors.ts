// Refusals of the API: every failure that a caller may treat differently has one code, and every code one status.
// Handlers throw `ApiError`; `middleware/answer-error.ts` turns it into the envelope.
import type { Issue } from '../core/definition.ts'
import type { JsonObject } from '../core/json.ts'

const STATUS = {
  BAD_REQUEST: 400,
  NOT_SUPPORTED: 400,
  VALIDATION_FAILED: 400,
  UNAUTHORIZED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  WORKFLOW_NOT_FOUND: 404,
  EXECUTION_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  IDEMPOTENCY_CONFLICT: 409,
  GONE: 410,
  PRECONDITION_FAILED: 412,
  PAYLOAD_TOO_LARGE: 413,
  UPGRADE_REQUIRED: 426,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  UNAVAILABLE: 503,
  EXECUTION_TIMEOUT: 504,
} as const

export type ErrorCode = keyof typeof STATUS
export type ErrorStatus = (typeof STATUS)[ErrorCode]
export const ERROR_CODES = Object.keys(STATUS)
export const statusOf = (code: ErrorCode): ErrorStatus => STATUS[code]

/** One finding about a request; a definition's issues have the same shape. */
export interface RequestIssue {
  readonly severity: Issue['severity']
  readonly code: string
  /** Place in the body (`workflow.nodes[3].config.url`), or the name of the query parameter or header. */
  readonly path: string
  readonly message: string
  readonly node_id?: string
}

/** What does not answer just now is often back after this: an object that was moved, a database that was restarted. */
const SECONDS_UNTIL_AVAILABLE = 5

/** A refusal whose message may be shown: it names the value, the rule and the fix. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly status: ErrorStatus
  readonly issues: readonly RequestIssue[]
  /** When it may be worth while to ask again; null: nobody knows. */
  readonly retryAfterSeconds: number | null
  /** What the issues are about, where the caller has not sent it. */
  readonly draft: JsonObject | null

  constructor(
    code: ErrorCode,
    message: string,
    more: { issues?: readonly RequestIssue[]; cause?: unknown; retryAfterSeconds?: number; draft?: JsonObject } = {},
  ) {
    super(message, { cause: more.cause })
    this.code = code
    this.status = STATUS[code]
    this.issues = more.issues ?? []
    this.retryAfterSeconds = more.retryAfterSeconds ?? (code === 'UNAVAILABLE' ? SECONDS_UNTIL_AVAILABLE : null)
    this.draft = more.draft ?? null
  }
}

/** A 400 about one place of the request. */
export const badRequest = (path: string, message: string, code: 'BAD_REQUEST' | 'NOT_SUPPORTED' = 'BAD_REQUEST'): ApiError =>
  new ApiError(code, message, {
    issues: [{ severity: 'error', code: code === 'NOT_SUPPORTED' ? code : 'INVALID_VALUE', path, message }],
  })

export const workflowNotFound = (id: string, version?: number): ApiError =>
  new ApiError('WORKFLOW_NOT_FOUND', `Workflow not found: ${id}${version === undefined ? '' : `, version ${version}`}`)
export const executionNotFound = (id: string): ApiError => new ApiError('EXECUTION_NOT_FOUND', `Execution not found: ${id}`)
