// Events: facts in the past tense, the only way anything is remembered. The same strings stand in the journal, on the
// stream and in log lines. A journal of every released format is a fixture that a test loads: fields are added, never changed.
import type { WorkflowDefinition } from './definition.ts'
import type { Json, JsonObject } from './json.ts'
import type { NodeError } from './node-error.ts'
import type { LogLevel } from './node-type.ts'

/** Version of the event format. A row of the journal carries it. */
export const EVENT_FORMAT = 1

/** Who and what an execution is; fixed at its creation. */
export interface ExecutionIdentity {
  readonly executionId: string
  /** Null where the definition has none. */
  readonly workflowId: string | null
  /** Null for inline definitions. */
  readonly workflowVersion: number | null
  /** SHA-256 of the canonical definition, 64 hex. */
  readonly configHash: string
  readonly communityId: string
  readonly traceId: string
  readonly parentExecutionId: string | null
  readonly correlationId: string | null
  readonly sessionId: string | null
  readonly triggerType: string
  readonly triggeredBy: string
  readonly priority: 'high' | 'normal' | 'low'
  readonly metadata: JsonObject
  /** `X-Workflow-Trace: true` or `settings.capture_io`. */
  readonly captureIo: boolean
  /** Present where the start came with an `Idempotency-Key`. */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null
}

/** Which way a failed node's failure went: over its error edge, on with null, or up to the execution. */
export type FailureRoute = 'error_port' | 'continue' | 'execution'

/**
 * What an execution remembers. A node's first event may carry `takenEdges` (indexes into the definition's edges): the in-edges
 * its join counted, where these are not simply all that were taken.
 */
export type ExecutionEvent =
  | {
      readonly type: 'execution.created'
      readonly identity: ExecutionIdentity
      readonly definition: WorkflowDefinition
      readonly inputs: JsonObject
    }
  | { readonly type: 'execution.started' }
  | {
      /** An attempt of a handed-off node was given out. Its first attempt carries the rendered config, later ones use the same. */
      readonly type: 'node.started'
      readonly node: string
      readonly attempt: number
      readonly config?: JsonObject
      /** Moment (ms) after which the attempt counts as interrupted. */
      readonly leaseUntil: number
      readonly takenEdges?: readonly number[]
    }
  | { readonly type: 'node.waiting'; readonly node: string; readonly resumeAt: number; readonly takenEdges?: readonly number[] }
  | {
      readonly type: 'node.completed'
      readonly node: string
      /** Absent: the node passed its input on. */
      readonly output?: Json
      /** Ports taken; absent: the type's first. */
      readonly ports?: readonly string[]
      readonly portOutputs?: Readonly<Record<string, Json>>
      /** Edges (indexes into the definition) of taken ports whose `when` did not hold. */
      readonly deadEdges?: readonly number[]
      readonly takenEdges?: readonly number[]
      readonly assign?: JsonObject
      readonly log?: { readonly level: LogLevel; readonly message: string }
      readonly metadata?: JsonObject
    }
  | {
      readonly type: 'node.retry_scheduled'
      readonly node: string
      /** The attempt that failed. */
      readonly attempt: number
      readonly error: NodeError
      readonly resumeAt: number
      /** The rendered config, where no `node.started` has carried it (inline nodes). */
      readonly config?: JsonObject
      readonly takenEdges?: readonly number[]
    }
  | {
      /** A queue consumer took up an attempt that is too long for a Runner; its lease begins anew. */
      readonly type: 'node.claimed'
      readonly node: string
      readonly attempt: number
      readonly leaseUntil: number
    }
  | {
      /** A lease passed without a settlement: the attempt is lost, not used up. */
      readonly type: 'node.interrupted'
      readonly node: string
      readonly attempt: number
      readonly resumeAt: number
    }
  | {
      readonly type: 'node.failed'
      readonly node: string
      readonly error: NodeError
      readonly attempts: number
      readonly route: FailureRoute
      readonly deadEdges?: readonly number[]
      readonly takenEdges?: readonly number[]
    }
  | { readonly type: 'node.skipped'; readonly node: string }
  | { readonly type: 'node.cancelled'; readonly node: string }
  | { readonly type: 'execution.completed'; readonly output: Json }
  | { readonly type: 'execution.failed'; readonly error: NodeError; readonly node: string | null }
  | { readonly type: 'execution.cancelled'; readonly by: string; readonly reason: string | null }

/** One row of the journal: what one transaction decided. `firstSeq` counts events from 1 over the whole life. */
export interface JournalEntry {
  readonly format: number
  readonly firstSeq: number
  /** The journaled moment, ms since the epoch: equal for all events of the row. */
  readonly at: number
  readonly events: readonly ExecutionEvent[]
}
