// State: the fold of an execution's events. Nothing here is decided; `apply.ts` is the only writer.
import type { ExecutionIdentity, FailureRoute } from './event.ts'
import type { Graph } from './graph.ts'
import type { Json, JsonObject } from './json.ts'
import type { NodeError, NodeFailure } from './node-error.ts'

/** A node that has begun remembers which in-edges were taken when its join decided (indexes into the definition's edges). */
interface Begun {
  readonly startedAt: number
  readonly takenEdges: readonly number[]
}

interface Attempted extends Begun {
  /** The config as rendered for the first attempt; every attempt uses it. */
  readonly config: JsonObject
  /** The attempt under way or made last, counted from 1, interrupted ones included. */
  readonly attempt: number
  /** Attempts that count against the policy: those that were not interrupted. */
  readonly failures: number
  readonly interruptions: number
}

export type NodeState =
  | { readonly status: 'pending' }
  | (Attempted & { readonly status: 'running'; readonly leaseUntil: number; readonly claimed: boolean })
  /** A failed or interrupted attempt waits for the next one. */
  | (Attempted & { readonly status: 'retrying'; readonly resumeAt: number; readonly error: NodeError })
  | (Begun & { readonly status: 'waiting'; readonly resumeAt: number })
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
    })
  | (Begun & {
      readonly status: 'failed'
      readonly completedAt: number
      readonly error: NodeFailure
      readonly route: FailureRoute
      /** Ports taken by the route; none where the failure went up. */
      readonly ports: readonly string[]
      readonly deadEdges: readonly number[]
    })
  | { readonly status: 'skipped'; readonly completedAt: number }
  | { readonly status: 'cancelled'; readonly startedAt: number; readonly completedAt: number; readonly attempt: number }

export type ExecutionStatus = 'pending' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled'

/** Where an execution stands, apart from its nodes. */
export type Phase =
  | { readonly status: 'open' }
  | { readonly status: 'completed'; readonly endedAt: number; readonly output: Json }
  | { readonly status: 'failed'; readonly endedAt: number; readonly error: NodeError; readonly node: string | null }
  | { readonly status: 'cancelled'; readonly endedAt: number; readonly by: string; readonly reason: string | null }

export interface ExecutionState {
  readonly identity: ExecutionIdentity
  /** Compiled from the definition at load, never journaled. */
  readonly graph: Graph
  readonly inputs: JsonObject
  readonly epoch: number
  /** Events so far. */
  readonly seq: number
  readonly createdAt: number
  readonly startedAt: number | null
  readonly phase: Phase
  /** By node path, in definition order. */
  readonly nodes: ReadonlyMap<string, NodeState>
  readonly variables: JsonObject
  /** Outputs by node id, of the nodes that completed (null for continued ones). */
  readonly outputs: JsonObject
  /** About how many characters of JSON the outputs of all nodes are, `outputs` and those of single ports. */
  readonly keptCharacters: number
  /** Completed and failed nodes in journal order. */
  readonly path: readonly string[]
  /** Failures that did not end the execution, and the one that did, in journal order. */
  readonly errors: readonly { readonly node: string; readonly error: NodeFailure; readonly at: number }[]
}
