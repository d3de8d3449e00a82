// A node's failure is data: it is journaled, shown, matched by retry policies and passed over error edges.
import type { Json } from './json.ts'

/** The codes Millrace itself gives; a `fail` node adds its own. */
export type NodeErrorCode =
  | 'CONFIG_INVALID'
  | 'EXPRESSION_ERROR'
  | 'INPUT_INVALID'
  | 'ADDRESS_BLOCKED'
  | 'NETWORK_ERROR'
  | 'HTTP_STATUS'
  | 'RESPONSE_TOO_LARGE'
  | 'RESPONSE_INVALID'
  | 'NODE_TIMEOUT'
  | 'INTERRUPTED'
  | 'OUTPUT_TOO_LARGE'
  /** A large output is needed, and its object is gone or is another. */
  | 'PAYLOAD_LOST'
  | 'SECRET_MISSING'
  | 'CODE_ERROR'
  | 'CODE_LIMIT'
  /** The database refused: its own code is in `cause`. */
  | 'QUERY_ERROR'
  /** The mail server refused: `status` is its reply code. */
  | 'MAIL_REFUSED'
  | 'MODEL_ERROR'
  | 'CHILD_FAILED'
  | 'LOOP_LIMIT'
  /** A worker gave up its task without a code of its own. */
  | 'TASK_FAILED'
  | 'SIGNAL_INVALID'
  | 'CANCELLED'
  | 'EXECUTION_TIMEOUT'
  /** A bug of Millrace: loud in the logs, final for the node. */
  | 'INTERNAL_ERROR'

export interface NodeError {
  /** A `NodeErrorCode`, or the code of a `fail` node. */
  readonly code: string
  readonly message: string
  /** Whether another attempt may help; retry policies may overrule it. */
  readonly retryable: boolean
  /** HTTP status where the code is `HTTP_STATUS`, or `MODEL_ERROR` and the server gave one; of `MAIL_REFUSED` the SMTP reply code. */
  readonly status?: number
  /** The server's `Retry-After`, in whole seconds. */
  readonly retry_after_seconds?: number
  readonly cause?: Json
}

/** As shown and passed over error edges: with the attempts made. */
export interface NodeFailure extends NodeError {
  readonly attempts: number
}

/** A final (not retryable) failure with one of Millrace's own codes. */
export const nodeError = (
  code: NodeErrorCode,
  message: string,
  more: Partial<Omit<NodeError, 'code' | 'message'>> = {},
): NodeError => ({ code, message, retryable: false, ...more })
