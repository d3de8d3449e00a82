// What travels between an Execution object and a Runner.
import type { WorkflowDefinition } from '../core/definition.ts'
import type { Enclosing, ExecutionIdentity, ParentNode } from '../core/event.ts'
import type { JsonObject } from '../core/json.ts'
import type { AttemptResult } from '../core/node-type.ts'

/** One attempt of a handed-off node, as the object gives it out. */
export interface AttemptTask {
  readonly communityId: string
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
  /** When the attempt began, by the journal: the same however often it is given out. Ms since the epoch. */
  readonly startedAt: number
  /** Rendered. */
  readonly config: JsonObject
  readonly timeoutMs: number
  /** Somebody listens to the node while this is given out. */
  readonly listened?: true
  /** Where the node starts another execution: what that one takes from this. */
  readonly child?: ChildOrigin
  /** Where it has a shard of a loop's items done: what that child runs. */
  readonly shard?: ShardOrder
}

export interface ShardOrder {
  readonly definition: WorkflowDefinition
  readonly inputs: JsonObject
  readonly enclosing: Enclosing
}

export interface ChildOrigin
  extends Pick<
    ExecutionIdentity,
    'communityId' | 'sessionId' | 'triggeredBy' | 'authority' | 'priority' | 'captureIo' | 'configHash'
  > {
  /** Workflows around the child. */
  readonly depth: number
  readonly rootExecutionId: string
  readonly parent: ParentNode
  /** Where the parent's signed links lead; absent where it has none. */
  readonly linkOrigin?: string
}

/** A part of what an attempt says while it makes its answer. Neither journaled nor repeated. */
export interface Delta {
  /** Path. */
  readonly node: string
  readonly attempt: number
  /** Characters that were said before it; less than in the part before where the answer begins anew. */
  readonly offset: number
  readonly text: string
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
