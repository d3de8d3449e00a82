// State: the fold of an execution's events. Nothing here is decided; `apply.ts` is the only writer.
import type { Enclosing, ExecutionIdentity, FailureRoute } from './event.ts'
import type { Graph, WorkflowGraph } from './graph.ts'
import type { Json, JsonObject } from './json.ts'
import type { NodeError, NodeFailure } from './node-error.ts'
import type { ItemCounts, LoopPlan } from './node-type.ts'
import type { HeldPayloads } from './payload.ts'
import type { WaitsFor } from './waits-for.ts'

/** A node that has begun remembers which in-edges were taken when its join decided (indexes into the definition's edges). */
interface Begun {
  readonly startedAt: number
  readonly takenEdges: readonly number[]
}

/** Attempts so far; all zero for a node that makes none. */
export interface Attempts {
  /** The attempt under way or made last, counted from 1, interrupted ones included. */
  readonly attempt: number
  /** Attempts that count against the policy: those that were not interrupted. */
  readonly failures: number
  readonly interruptions: number
}

interface Attempted extends Begun, Attempts {
  /** The config as rendered for the first attempt; every attempt uses it. */
  readonly config: JsonObject
}

/** How far a loop has come. */
export type Loop = LoopPlan & {
  /** Iterations begun: the index of the next one. */
  readonly started: number
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
  /** The first iteration that failed. */
  readonly failure: { readonly index: number; readonly node: string; readonly error: NodeError } | null
  /** Of a `while` loop: its initial value, then the result of its last iteration. Null in a for-each. */
  readonly state: Json
}

export type NodeState =
  | { readonly status: 'pending' }
  | (Attempted & { readonly status: 'running'; readonly leaseUntil: number; readonly claimed: boolean })
  /** A failed or interrupted attempt waits for the next one. */
  | (Attempted & {
      readonly status: 'retrying'
      readonly resumeAt: number
      readonly error: NodeError
      /** What the failed attempt took, as it has told. */
      readonly metadata?: JsonObject
    })
  | (Attempted & {
      readonly status: 'waiting'
      readonly on: WaitsFor
      /** Null: without end. */
      readonly resumeAt: number | null
      /** The number of the event with which it began to wait: who waits longest comes first. */
      readonly sinceSeq: number
    })
  | (Begun & { readonly status: 'iterating'; readonly loop: Loop })
  | (Begun & {
      readonly status: 'completed'
      readonly completedAt: number
      readonly output: Json
      readonly ports: readonly string[]
      readonly portOutputs: Readonly<Record<string, Json>>
      readonly deadEdges: readonly number[]
      readonly attempt: number
      readonly failures: number
      readonly metadata: JsonObject | null
      /** Variables it set, with the number of that event: assignments apply in journal order. */
      readonly assigned: { readonly seq: number; readonly values: JsonObject } | null
      readonly loop: Loop | null
    })
  | (Begun & {
      readonly status: 'failed'
      readonly completedAt: number
      readonly error: NodeFailure
      readonly route: FailureRoute
      /** Ports taken by the route; none where the failure went up. */
      readonly ports: readonly string[]
      readonly deadEdges: readonly number[]
      readonly loop: Loop | null
      /** What the last attempt took, as it has told. */
      readonly metadata?: JsonObject
      /** Of a shard: its execution, and how its items ended. */
      readonly child?: string
      readonly items?: ItemCounts
    })
  | { readonly status: 'skipped'; readonly completedAt: number }
  | (Begun & {
      readonly status: 'cancelled'
      readonly completedAt: number
      readonly attempt: number
      readonly loop: Loop | null
      /** The child that it waited for; absent where it waited for none. */
      readonly child?: string
    })

export type ExecutionStatus = 'pending' | 'running' | 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled'

/** Where an execution stands, apart from its nodes. */
export type Phase =
  | { readonly status: 'open' }
  | { readonly status: 'completed'; readonly endedAt: number; readonly output: Json }
  | { readonly status: 'failed'; readonly endedAt: number; readonly error: NodeError; readonly node: string | null }
  | { readonly status: 'cancelled'; readonly endedAt: number; readonly by: string; readonly reason: string | null }

/** One run of a graph: the execution itself, or one iteration of a loop's body. */
export interface GraphRun {
  readonly graph: Graph
  /** By node id, in definition order. */
  readonly nodes: ReadonlyMap<string, NodeState>
  /** Nodes that are not settled. */
  readonly unsettled: number
  /** Outputs by node id, of the nodes that completed (null for continued ones). */
  readonly outputs: JsonObject
  /** Ids of completed and failed nodes in journal order. */
  readonly path: readonly string[]
  /** The first failure that no error edge and no `continue` took: the run is to end. `node` is a path. */
  readonly failure: { readonly node: string; readonly error: NodeError } | null
}

export interface IterationState extends GraphRun {
  /** Path of the loop node, and which of its iterations this is, from 0. */
  readonly owner: string
  readonly index: number
  /** It is a shard: it runs the node that has a child execution do some of the items. */
  readonly isShard: boolean
  /** Its own copy of the variables (for-each); null where those of the enclosing run are its own (`loop`). */
  readonly variables: JsonObject | null
  /** The same as they were when it began; null where it has no copy. */
  readonly variablesBefore: JsonObject | null
  readonly phase: 'open' | 'completed' | 'failed' | 'cancelled'
  readonly startedAt: number
  /** Null while it is open. */
  readonly endedAt: number | null
}

/** A signal that came before its wait. */
export interface KeptSignal {
  readonly name: string
  readonly payload: Json
  /** The number of the event with which it came. */
  readonly seq: number
}

/** Who answered an approval, and what. */
export interface ApprovalAnswer {
  readonly decision: 'approved' | 'rejected'
  readonly by: string
  /** How it came: with a key, whose user `by` is, or by a signed link, whose holder says so. */
  readonly via: 'key' | 'link'
  /** Ms since the epoch. */
  readonly at: number
  readonly comment: string | null
  readonly form: JsonObject | null
}

export interface ExecutionState extends GraphRun {
  readonly identity: ExecutionIdentity
  /** Compiled from the definition at load, never journaled. */
  readonly graph: WorkflowGraph
  readonly inputs: JsonObject
  readonly epoch: number
  /** Events so far. */
  readonly seq: number
  readonly createdAt: number
  /** Ms since the epoch before which no node runs; null where it began at once. */
  readonly startAt: number | null
  /** The first node's moment; null before it. */
  readonly startedAt: number | null
  /** When this epoch began: the creation, or the latest `recover` or `replay`. */
  readonly epochStartedAt: number
  readonly phase: Phase
  readonly variables: JsonObject
  /** By path, `each[3]`, `outer[0].inner[2]`; finished ones stay, so that they can be shown and run again. */
  readonly iterations: ReadonlyMap<string, IterationState>
  /** Node instances in all iterations together. */
  readonly instances: number
  /** About how many characters of JSON all nodes keep, as `keptBy` counts them, with kept signals and answers to approvals. */
  readonly keptCharacters: number
  /** Failures that did not end the execution, and the one that did, in journal order. */
  readonly errors: readonly { readonly node: string; readonly error: NodeFailure; readonly at: number }[]
  /** Null while it is not paused. */
  readonly paused: { readonly at: number; readonly by: string; readonly reason: string | null } | null
  /** The number of the event that paused or resumed it last, which its shards have to hear of; 0: none has. */
  readonly pauseSeq: number
  /** The moment from which the time limit counts, later by every pause; null before the first node. */
  readonly clockFrom: number | null
  /** `settings.timeout_seconds`, or what was set since; null without a limit. */
  readonly timeoutSeconds: number | null
  readonly signals: readonly KeptSignal[]
  /** About how many characters of JSON their payloads are together. */
  readonly signalCharacters: number
  /** Of signals that came with an `Idempotency-Key`, as `signalKey` makes them, the latest last. */
  readonly signalKeys: readonly string[]
  /** Answers to approvals by node path; with comment and form where they came early. */
  readonly approvals: Readonly<Record<string, ApprovalAnswer>>
  /** Children whose node was cancelled, and which have not told their end: they have to be cancelled. */
  readonly orphans: readonly string[]
  /** In which epoch each of them was let go of. */
  readonly orphanEpochs: Readonly<Record<string, number>>
  /** By node path, how many of its children a retry has followed with another one. */
  readonly replacedChildren: Readonly<Record<string, number>>
  /** Of a child: whether somebody else had it go on after an end. The parent that has let go of it has no say then. */
  readonly runsForCaller: boolean
  /** Of a shard; null for every other execution. */
  readonly enclosing: Enclosing | null
  /** Outputs that lie outside, by mark; also those of nodes that have run again since. */
  readonly payloads: HeldPayloads
  /** Whether an attempt was not taken at its word: it may have put an output outside of which no event tells. */
  readonly mayHaveStrays: boolean
  /** By node path, how often `replay` has run the node (or the loop around it) again on purpose. */
  readonly reruns: Readonly<Record<string, number>>
}
