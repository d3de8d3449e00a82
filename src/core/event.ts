// Events: facts in the past tense, the only way anything is remembered. The same strings stand in the journal, on the
// stream and in log lines. A journal of every released format is a fixture that a test loads: fields are added, never changed.
import type { WorkflowDefinition } from './definition.ts'
import type { Json, JsonObject } from './json.ts'
import type { LinkSigner } from './links.ts'
import type { NodeError } from './node-error.ts'
import type { ItemCounts, ItemSlice, LogLevel, LoopPlan } from './node-type.ts'
import type { HeldPayload } from './payload.ts'
import type { ApprovalAnswer } from './state.ts'
import type { WaitsFor } from './waits-for.ts'

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
  /** The node that started this execution and waits for its end; absent where nobody waits. */
  readonly parent?: ParentNode
  /** Workflows around this one that started each other; absent: none. */
  readonly depth?: number
  /** The first of them; absent where this is the first. */
  readonly rootExecutionId?: string
  readonly correlationId: string | null
  readonly sessionId: string | null
  readonly triggerType: string
  readonly triggeredBy: string
  /** As whom it starts others, beside the user above. Absent: as that user alone. */
  readonly authority?: Authority
  readonly priority: 'high' | 'normal' | 'low'
  readonly metadata: JsonObject
  /** `X-Workflow-Trace: true` or `settings.capture_io`. */
  readonly captureIo: boolean
  /** Present where the start came with an `Idempotency-Key`. */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null
  /** Where its end is told; absent: where its definition says. */
  readonly callbackUrl?: string
  /** A shard of its parent's loop: not listed, and kept out of history. */
  readonly shard?: true
  /** Absent where signed links cannot be made. */
  readonly links?: LinkSigner
}

export interface Authority {
  /** Id of the API key with which it was started. */
  readonly key?: string
  /** It was started by an administrator of its community. */
  readonly isAdmin?: true
  /** The stored workflow that it is an execution of; absent for inline definitions. */
  readonly workflow?: string
}

/** A shard sees what the loop around it sees: names, outputs and variables of the execution that it is a part of. */
export interface Enclosing {
  readonly names: JsonObject
  readonly outputs: JsonObject
  readonly variables: JsonObject
  readonly slice: ItemSlice
  /** Absent in journals of before there was one. */
  readonly owner?: ShardOwner
  /** What these refer to; it lies under the execution around this one. */
  readonly payloads?: readonly HeldPayload[]
}

/** The execution that a shard is a part of, as expressions in the shard see it. */
export interface ShardOwner {
  /** What `execution` is. */
  readonly facts: JsonObject
  /** Whose links these are, and for which epoch. */
  readonly executionId: string
  readonly epoch: number
  readonly links?: LinkSigner
  /** What its nodes wait for, `event` of their configs; and by id the path of each approval in sight. */
  readonly events: readonly string[]
  readonly approvals: Readonly<Record<string, string>>
}

/** Names one run of a node that waits for a child. */
export interface ParentNode {
  readonly executionId: string
  readonly epoch: number
  readonly node: string
  /** Children of this run of the node that came before this one, and failed: a retried node starts another one. */
  readonly failures: number
}

/** Indexes of the first and the last item of a shard. */
export interface ShardRange {
  readonly first: number
  readonly last: number
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
      /** Of a shard: what surrounds its items. */
      readonly enclosing?: Enclosing
      /** Ms since the epoch before which no node runs; absent: it begins at once. */
      readonly startAt?: number
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
  | {
      readonly type: 'node.waiting'
      readonly node: string
      /** Absent: without end. */
      readonly resumeAt?: number
      /** Absent: for the moment alone. */
      readonly on?: WaitsFor
      /** Of a task: which attempt it is; the first one carries the rendered config, later ones use the same. */
      readonly attempt?: number
      readonly config?: JsonObject
      readonly takenEdges?: readonly number[]
    }
  | {
      /** A loop begins. */
      readonly type: 'node.iterating'
      readonly node: string
      readonly plan: LoopPlan
      readonly takenEdges?: readonly number[]
    }
  /** One iteration of the loop `node` begins; the nodes of its body are `<node>[<index>].<id>`. `shard`: it stands for these items. */
  | { readonly type: 'iteration.started'; readonly node: string; readonly index: number; readonly shard?: ShardRange }
  | { readonly type: 'iteration.completed'; readonly node: string; readonly index: number; readonly shard?: ShardRange }
  | {
      readonly type: 'iteration.failed'
      readonly node: string
      readonly index: number
      readonly error: NodeError
      /** Path of the node that failed. */
      readonly failedNode: string
      readonly shard?: ShardRange
    }
  | { readonly type: 'iteration.cancelled'; readonly node: string; readonly index: number; readonly shard?: ShardRange }
  | {
      readonly type: 'node.completed'
      readonly node: string
      /** Absent: the node passed its input on; a loop: what its iterations gave. */
      readonly output?: Json
      /** What `output` refers to, itself or in it: values too large for the journal. */
      readonly payloads?: readonly HeldPayload[]
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
      /** What the attempt took. */
      readonly metadata?: JsonObject
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
      /** What the last attempt took. */
      readonly metadata?: JsonObject
    }
  | { readonly type: 'node.skipped'; readonly node: string }
  | { readonly type: 'node.cancelled'; readonly node: string }
  | {
      /** An outside event came. Where a node waited for it, that one completes with it; else it is kept. */
      readonly type: 'signal.received'
      readonly name: string
      readonly payload: Json
      readonly by: string
      /** The caller's `Idempotency-Key`: another signal with it is a repeat. */
      readonly key?: string
      readonly deliveredTo?: string
    }
  /** A kept signal was waited for. `signal` is the number of the event with which it came. */
  | { readonly type: 'signal.consumed'; readonly node: string; readonly signal: number }
  | { readonly type: 'approval.answered'; readonly node: string; readonly answer: ApprovalAnswer }
  | {
      /** A child has told its end: there is nothing left to cancel. */
      readonly type: 'child.ended'
      readonly executionId: string
      readonly status: string
      /** The node that waits for it; absent where none does any more. */
      readonly node?: string
      /** Of a shard: how its items have ended. */
      readonly items?: ItemCounts
    }
  | { readonly type: 'execution.paused'; readonly by: string; readonly reason: string | null }
  | { readonly type: 'execution.resumed'; readonly by: string }
  | { readonly type: 'execution.checkpointed'; readonly by: string; readonly name: string | null }
  /** The time limit was changed; null: none from now on. */
  | { readonly type: 'execution.timeout_set'; readonly by: string; readonly seconds: number | null }
  | {
      /** A finished execution goes on in a new epoch: these nodes run again, everything else stays. */
      readonly type: 'execution.recovered'
      readonly by: string
      readonly rerun: readonly string[]
      /** Loops, and iterations (`each[3]`), that go on although none of the nodes in them runs again. */
      readonly reopened?: readonly string[]
    }
  | {
      /** As `recovered`, on purpose: the `run` of the nodes in `rerun` grows, and their effects are meant to happen again. */
      readonly type: 'execution.replayed'
      readonly by: string
      readonly from: string | null
      readonly rerun: readonly string[]
      /** Nodes that run again only because they had come to no end: their `run` stays. */
      readonly unfinished?: readonly string[]
      readonly reopened?: readonly string[]
      /** Outputs that were given instead of the nodes' own. */
      readonly outputs?: Readonly<Record<string, Json>>
      /** By path of a node that stays: its out-edges whose `when` does not hold, where that had to be asked anew. */
      readonly deadEdges?: Readonly<Record<string, readonly number[]>>
      /** The definition from here on, where a patch or another version changed it. */
      readonly definition?: WorkflowDefinition
      readonly version?: number
      readonly configHash?: string
    }
  /** The node that started this execution has found it again, in a later epoch of the parent: that one waits for the end. */
  | { readonly type: 'execution.adopted'; readonly parent: ParentNode }
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
