// Commands: what may be asked of an execution. Late, duplicate and unknown ones are answered as named no-ops.
import type { WorkflowDefinition } from './definition.ts'
import type { Enclosing, ExecutionIdentity, ParentNode } from './event.ts'
import type { Json, JsonObject } from './json.ts'
import type { NodeError } from './node-error.ts'
import type { AttemptResult, ItemCounts } from './node-type.ts'
import type { HeldPayload } from './payload.ts'
import type { ApprovalAnswer } from './state.ts'

export type Command =
  | {
      readonly type: 'start'
      readonly identity: ExecutionIdentity
      readonly definition: WorkflowDefinition
      readonly inputs: JsonObject
      readonly enclosing?: Enclosing
      /** Ms since the epoch before which no node runs; absent or past: at once. */
      readonly startAt?: number
    }
  /** The result of an attempt. The first accepted wins. */
  | {
      readonly type: 'settle'
      readonly epoch: number
      readonly node: string
      readonly attempt: number
      readonly result: AttemptResult
    }
  /** What an external worker tells of the task with which the node at that path began to wait, in the event of that number. */
  | {
      readonly type: 'settle_task'
      readonly node: string
      readonly since: number
      readonly result:
        | { readonly kind: 'completed'; readonly output: Json }
        | { readonly kind: 'failed'; readonly error: NodeError }
      readonly by: string
    }
  /** A queue consumer takes up an attempt that is too long for a Runner. */
  | { readonly type: 'claim'; readonly epoch: number; readonly node: string; readonly attempt: number }
  /** Time passed: handles every lease, timer and deadline that is due, and goes on where a transition stopped at its step limit. */
  | { readonly type: 'wake' }
  | { readonly type: 'cancel'; readonly by: string; readonly reason: string | null }
  /** An outside event. `key`: the caller's idempotency key. */
  | {
      readonly type: 'signal'
      readonly name: string
      readonly payload: Json
      readonly key: string | null
      readonly by: string
    }
  /** The answer to an approval, at the node of that path. */
  | { readonly type: 'approve'; readonly epoch: number; readonly node: string; readonly answer: Omit<ApprovalAnswer, 'at'> }
  /** A child tells its end to the node that waits for it. */
  | { readonly type: 'child_ended'; readonly parent: ParentNode; readonly executionId: string; readonly end: ChildEnd }
  | { readonly type: 'pause'; readonly by: string; readonly reason: string | null }
  | { readonly type: 'resume'; readonly by: string }
  | { readonly type: 'checkpoint'; readonly by: string; readonly name: string | null }
  /** Null: no limit from now on. */
  | { readonly type: 'set_timeout'; readonly by: string; readonly seconds: number | null }
  /** A failed or cancelled execution goes on where it ended; an open one is woken. */
  | { readonly type: 'recover'; readonly by: string }
  | { readonly type: 'replay'; readonly by: string; readonly plan: ReplayPlan }
  /** The parent goes on in a later epoch and has found its child: that one goes on too, where it failed or was cancelled. */
  | { readonly type: 'adopt'; readonly parent: ParentNode }

/** How a child ended. */
export type ChildEnd =
  /** `payloads`: what `output` refers to. `items`: of a shard, how they ended. */
  | {
      readonly status: 'completed'
      readonly output: Json
      readonly payloads?: readonly HeldPayload[]
      readonly items?: ItemCounts
    }
  | { readonly status: 'failed' | 'cancelled'; readonly error: NodeError | null; readonly items?: ItemCounts }

/** What a replay runs again, as `planReplay` has found. Edges are indexes into the definition that runs from here on. */
export interface ReplayPlan {
  /** The one that has ended: a plan is made of its state. */
  readonly epoch: number
  readonly from: string | null
  /** Paths of the nodes that run again. */
  readonly rerun: readonly string[]
  /** Paths of those that had come to no end, and run again for that alone. */
  readonly unfinished: readonly string[]
  /** Loops and iterations that go on, although none of the nodes in them runs again. */
  readonly reopened: readonly string[]
  /** By path, instead of the nodes' own. */
  readonly outputs: Readonly<Record<string, Json>>
  /** By path of a node that stays: its out-edges whose `when` has to be asked anew, for its output or they are others than before. */
  readonly askedEdges: Readonly<Record<string, readonly number[]>>
  /** Null: the definition stays. */
  readonly definition: WorkflowDefinition | null
  readonly version: number | null
  readonly configHash: string | null
}

/** Why a command changed nothing. */
export type NoOp =
  | 'ALREADY_STARTED'
  | 'NOT_STARTED'
  | 'ALREADY_FINISHED'
  | 'UNKNOWN_NODE'
  | 'NOT_RUNNING'
  | 'SUPERSEDED_EPOCH'
  | 'SUPERSEDED_ATTEMPT'
  | 'ALREADY_CLAIMED'
  | 'NOTHING_DUE'
  /** The definition waits for no event of that name. */
  | 'UNKNOWN_SIGNAL'
  /** A signal with this idempotency key came before. */
  | 'REPEATED_SIGNAL'
  | 'TOO_MANY_SIGNALS'
  | 'ALREADY_ANSWERED'
  /** The worker, or another one, has told the end of this task before. */
  | 'ALREADY_SETTLED'
  | 'NOT_PAUSED'
  | 'ALREADY_PAUSED'
  | 'NOT_FINISHED'
  | 'NOT_WAITING_FOR_IT'
