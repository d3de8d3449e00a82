// What travels between an Execution object and a Runner.
import type { JsonObject } from '../core/json.ts'
import type { AttemptResult } from '../core/node-type.ts'

/** One attempt of a handed-off node, as the object gives it out. */
export interface AttemptTask {
  readonly executionId: string
  readonly workflowId: string | null
  readonly correlationId: string | null
  readonly parentExecutionId: string | null
  readonly traceId: string
  readonly epoch: number
  readonly node: string
  readonly nodeType: string
  /** Grows only when a replay runs the node again on purpose; part of the idempotency key. */
  readonly run: number
  readonly attempt: number
  /** Rendered. */
  readonly config: JsonObject
  readonly timeoutMs: number
}

/** What a Runner answers within its bound. `running`: a settlement follows by `settle`. */
export type AttemptAnswer = { readonly kind: 'settled'; readonly result: AttemptResult } | { readonly kind: 'running' }

/** A result on its way back; names its attempt so that late and duplicate ones are no-ops. */
export interface Settlement {
  readonly executionId: string
  readonly epoch: number
  readonly node: string
  readonly attempt: number
  readonly result: AttemptResult
}
