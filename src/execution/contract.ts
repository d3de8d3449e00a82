// The RPC surface of the Execution object: what the Worker asks and what it gets. Refusals are answers, not exceptions.

import type { NoOp } from '../core/command.ts'
import type { WorkflowDefinition } from '../core/definition.ts'
import type { ExecutionIdentity } from '../core/event.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { EventFrame } from '../history/event-frame.ts'
import type { ExecutionSummary } from '../history/execution-summary.ts'
import type { ExecutionView } from '../history/execution-view.ts'
import type { AttemptTask, Settlement } from '../runner/task.ts'

export interface StartRequest {
  readonly identity: ExecutionIdentity
  readonly definition: WorkflowDefinition
  readonly inputs: JsonObject
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

export type CancelAnswer =
  | { readonly kind: 'cancelled'; readonly cancelledAt: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'not_running' }

export type SettleAnswer = { readonly kind: 'accepted' } | { readonly kind: 'ignored'; readonly reason: NoOp }

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
  /** The large value that a view refers to by this hash; null where there is none. */
  payload(communityId: string, hash: string): Promise<{ readonly value: Json } | null>
  definition(communityId: string): Promise<WorkflowDefinition | null>
  events(communityId: string, query: EventQuery): Promise<EventPage | null>
  cancel(communityId: string, by: string, reason: string | null): Promise<CancelAnswer>
  settle(settlement: Settlement): Promise<SettleAnswer>
  /** The queue consumer asks for the work that a message names. It is given once: who asks again is `superseded`. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>
  /** The sweeper's poke: does what is due, sets the alarm and tells history; nothing where nothing was started. */
  wake(): Promise<void>
  /** WebSocket upgrade of the stream: headers `X-Community-Id`; query `after`, `level`, `node_id`. 429: too many listen. */
  fetch(request: Request): Promise<Response>
}
