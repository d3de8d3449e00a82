// The RPC surface of the Execution object: what the Worker asks and what it gets. Refusals are answers, not exceptions.

import type { Awaits } from '../core/awaits-child.ts'
import type { ChildEnd, Command, NoOp } from '../core/command.ts'
import type { Issue, WorkflowDefinition } from '../core/definition.ts'
import type { Enclosing, ExecutionIdentity, ParentNode } from '../core/event.ts'
import type { JsonObject } from '../core/json.ts'
import type { NodeError } from '../core/node-error.ts'
import type { ReplayRequest } from '../core/plan-replay.ts'
import type { ApprovalAnswer, ExecutionStatus } from '../core/state.ts'
import type { ApprovalView } from '../history/approval-view.ts'
import type { EventFrame } from '../history/event-frame.ts'
import type { ExecutionOrigin } from '../history/execution-origin.ts'
import type { ExecutionSummary } from '../history/execution-summary.ts'
import type { ExecutionView, FoundPayload } from '../history/execution-view.ts'
import type { NodePage, NodeQuery } from '../history/node-list.ts'
import type { AttemptTask, Delta, Settlement } from '../runner/task.ts'

export interface StartRequest {
  readonly identity: ExecutionIdentity
  readonly definition: WorkflowDefinition
  readonly inputs: JsonObject
  /** Of a shard. */
  readonly enclosing?: Enclosing
  /** Ms since the epoch before which no node runs; absent or past: at once. */
  readonly startAt?: number
  /** True: answer with the whole view if the execution ends within the object's bound (250 ms). */
  readonly wait: boolean
}

export type StartAnswer =
  /** `view` where it was waited for and has ended. */
  | { readonly kind: 'started' | 'replayed'; readonly summary: ExecutionSummary; readonly view: ExecutionView | null }
  /** The object exists without or with another idempotency key: draw another id. */
  | { readonly kind: 'id_taken' }
  /** The same idempotency key came with another body. */
  | { readonly kind: 'idempotency_conflict' }

export interface ViewOptions {
  readonly includeLogs: boolean
  readonly includeMetrics: boolean
}

/** What callers may ask of an execution, beside reading it. Each is audited as an event with its author. */
export type ControlCommand = Extract<
  Command,
  { readonly type: 'cancel' | 'pause' | 'resume' | 'checkpoint' | 'set_timeout' | 'recover' | 'signal' | 'settle_task' }
>

/** `invalid`: the request does not fit the execution. */
export type ReplayAnswer = ControlAnswer | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }

/** Whose execution it has to be; null where a signed link, which the Worker has verified, stands for the permission. */
export type Asker = string | null

export interface ApprovalRequest {
  readonly communityId: Asker
  /** Path of the node. */
  readonly node: string
  /** Of the link; or as the answer was asked for. */
  readonly epoch: number
  readonly answer: Omit<ApprovalAnswer, 'at'>
}

/** Why a command changed nothing. `BEING_REMOVED`: the execution is about to be gone, with all that is its own. */
export type Refusal = NoOp | 'BEING_REMOVED'

/** Where an execution stands after a command, or stood when it was refused. */
export interface Standing {
  readonly status: ExecutionStatus
  readonly epoch: number
  readonly seq: number
  /** Its time limit; null: none. */
  readonly timeoutSeconds: number | null
  /** Ms since the epoch: when the limit ends it; null: not as things are. */
  readonly deadlineAt: number | null
}

export type ControlAnswer =
  | (Standing & {
      readonly kind: 'done'
      /** Ms since the epoch; of an approval, as it is journaled. */
      readonly at: number
      /** Of a signal: the node that it went to; null: it is kept. */
      readonly deliveredTo?: string | null
    })
  | { readonly kind: 'not_found' }
  | (Standing & { readonly kind: 'refused'; readonly reason: Refusal })

/** `unheard`: another execution has to hear of its end first and cannot be reached, or a part of it is still at work. */
export type EraseAnswer = 'erased' | 'not_found' | 'not_finished' | 'unheard'

export interface ChildEndedRequest {
  readonly communityId: string
  readonly parent: ParentNode
  readonly executionId: string
  readonly end: ChildEnd
}

/** `later`: the node will ask for this child, and has to be told then. */
export interface ChildEndedAnswer {
  readonly kind: 'heard' | 'later'
}

export type AwaitsChildRequest = Omit<ChildEndedRequest, 'end'>

/** What an error workflow is started with: of the failure itself null where another epoch has followed. */
export interface FailureFacts {
  readonly identity: ExecutionIdentity
  readonly inputs: JsonObject
  readonly error: NodeError | null
}

export interface CancelChildRequest {
  readonly communityId: string
  readonly parentExecutionId: string
  /** Of the parent, when it let go: a child that a later one waits for again is not meant. */
  readonly epoch: number
}

export interface RecoverChildRequest {
  readonly communityId: string
  /** The idempotency key under which it was started, which names its parent and the run of the node. */
  readonly key: string
  /** The run that asks; null where nobody waits for its end. */
  readonly parent: ParentNode | null
}

export type SettleAnswer = { readonly kind: 'accepted' } | { readonly kind: 'ignored'; readonly reason: Refusal }

/** Names one attempt of one node, as a queue message does. */
export interface ClaimRequest {
  readonly epoch: number
  readonly node: string
  readonly attempt: number
}

/** `superseded`: the attempt has been settled, given up or replaced; there is nothing to do. */
export type ClaimAnswer = { readonly kind: 'work'; readonly task: AttemptTask } | { readonly kind: 'superseded' }

export interface EventPage {
  readonly events: readonly EventFrame[]
  /** Pass as `after` for the next page; null at the end of what there is. */
  readonly next: number | null
}

export interface EventQuery {
  readonly after: number
  readonly limit: number
}

/**
 * Methods that the object offers. `communityId` scopes every look-up: another community's execution does not exist (null,
 * `not_found`). A look-up of an id that was never started writes nothing.
 */
export interface ExecutionRpc {
  start(request: StartRequest): Promise<StartAnswer>
  get(communityId: string, options: ViewOptions): Promise<ExecutionView | null>
  /** Whose it is. Null also for a shard, which is reached through its parent. */
  origin(communityId: string): Promise<ExecutionOrigin | null>
  /** The large value that a view refers to by this hash; null where there is none. */
  payload(communityId: string, hash: string): Promise<FoundPayload | null>
  definition(communityId: string): Promise<WorkflowDefinition | null>
  events(communityId: string, query: EventQuery): Promise<EventPage | null>
  /** Node instances by path, those in iterations included. */
  nodes(communityId: string, query: NodeQuery): Promise<NodePage | null>
  control(communityId: Asker, command: ControlCommand): Promise<ControlAnswer>
  /** A finished execution goes on in a new epoch, from where the request says. */
  replay(communityId: string, by: string, request: ReplayRequest): Promise<ReplayAnswer>
  /** Null where there is no approval at that path. */
  approval(communityId: Asker, node: string): Promise<ApprovalView | null>
  /** Answers an approval, once. */
  approve(request: ApprovalRequest): Promise<ControlAnswer>
  settle(settlement: Settlement): Promise<SettleAnswer>
  /** What an attempt says goes to those who listen; tells whether anybody does. Reads and writes nothing. */
  tell(delta: Delta): Promise<boolean>
  /** The queue consumer asks for the work that a message names. It is given once: who asks again is `superseded`. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>
  /** A child tells its end; it is heard also where nobody waits for it any more. */
  childEnded(request: ChildEndedRequest): Promise<ChildEndedAnswer>
  /** A child asks whether the node that started it still wants it. */
  awaitsChild(request: AwaitsChildRequest): Promise<Awaits>
  /**
   * Whether this child was started here. One that failed or was cancelled in an earlier epoch of its parent goes on; one that has
   * ended tells its parent once more.
   */
  recoverChild(request: RecoverChildRequest): Promise<boolean>
  /** Null where there is no such execution. */
  failure(communityId: string, epoch: number): Promise<FailureFacts | null>
  /** The parent has let go of this execution: it is cancelled, and tells its end. */
  cancelChild(request: CancelChildRequest): Promise<void>
  /** Removes a finished execution with all that is its own; its shards, too. */
  erase(communityId: string): Promise<EraseAnswer>
  /** Removes a finished shard of that execution; `not_found` where this is none. */
  eraseShard(request: Omit<CancelChildRequest, 'epoch'>): Promise<EraseAnswer>
  /** The sweeper's poke: does what is due, sets the alarm and tells history; nothing where nothing was started. */
  wake(): Promise<void>
  /** WebSocket upgrade of the stream: header `X-Community-Id`, percent-encoded; query `after`, `level`, `node_id`. 429: too many listen. */
  fetch(request: Request): Promise<Response>
}
