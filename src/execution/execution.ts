// The Durable Object of one execution: its methods and handlers, each a few words to the engine. The Worker, Runners and other
// executions call its RPC methods, the platform its alarm and socket handlers.
import { DurableObject } from 'cloudflare:workers'
import { type Awaits, awaitsChild } from '../core/awaits-child.ts'
import type { Command } from '../core/command.ts'
import type { WorkflowDefinition } from '../core/definition.ts'
import type { ExecutionEvent, ExecutionIdentity, ParentNode } from '../core/event.ts'
import { planReplay, type ReplayRequest } from '../core/plan-replay.ts'
import type { ExecutionState } from '../core/state.ts'
import { nextWakeAt, openDeadlineAt } from '../core/timers.ts'
import { type ApprovalView, viewApproval } from '../history/approval-view.ts'
import { type ExecutionOrigin, executionOrigin } from '../history/execution-origin.ts'
import { executionStatus } from '../history/execution-status.ts'
import { summarizeExecution } from '../history/execution-summary.ts'
import { type ExecutionView, type FoundPayload, findPayload, viewExecution } from '../history/execution-view.ts'
import { listNodes, type NodePage, type NodeQuery } from '../history/node-list.ts'
import { nodeTypes } from '../nodes/registry.ts'
import { logError } from '../observability/log-error.ts'
import type { Delta, Settlement } from '../runner/task.ts'
import { attemptTask } from './attempt-task.ts'
import type {
  ApprovalRequest,
  Asker,
  AwaitsChildRequest,
  CancelChildRequest,
  ChildEndedAnswer,
  ChildEndedRequest,
  ClaimAnswer,
  ClaimRequest,
  ControlAnswer,
  ControlCommand,
  EraseAnswer,
  EventPage,
  EventQuery,
  ExecutionRpc,
  FailureFacts,
  RecoverChildRequest,
  ReplayAnswer,
  SettleAnswer,
  Standing,
  StartAnswer,
  StartRequest,
  ViewOptions,
} from './contract.ts'
import { Engine, SECOND_TRY_MS } from './engine.ts'
import { requestedCursor } from './event-stream.ts'

/** `start` answers within this, with the end of the execution or without it. */
const START_ANSWERS_WITHIN_MS = 250

export class Execution extends DurableObject<Env> implements ExecutionRpc {
  readonly #engine = new Engine(this.ctx, () => this.env)

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  async start({ identity, definition, inputs, enclosing, startAt, wait }: StartRequest): Promise<StartAnswer> {
    const engine = this.#engine
    await engine.load()
    // Asked now, not as it was before the wait: another start may have come in between.
    if (engine.state) return this.#replay(identity, wait)
    engine.history.started()
    const more = { ...(enclosing && { enclosing }), ...(startAt !== undefined && { startAt }) }
    const order = { type: 'start', identity, definition, inputs, ...more } as const
    await engine.turn.during(() => engine.transition(order))
    // A child that is over at once has told its parent before that hears of its start: the parent need not begin to wait.
    await engine.family.tellParent(engine.must())
    if (wait) await engine.turn.endedWithin(START_ANSWERS_WITHIN_MS)
    const state = engine.must()
    return { kind: 'started', summary: summarizeExecution(state), view: wait ? this.#viewOfEnded(state) : null }
  }

  async get(communityId: string, { includeLogs, includeMetrics }: ViewOptions): Promise<ExecutionView | null> {
    const state = await this.#engine.loadFor(communityId)
    if (state === null) return null
    const entries = includeLogs ? [...this.#engine.journal.readFrom(1)] : null
    return viewExecution(state, entries, { now: Date.now(), includeLogs, includeMetrics })
  }

  async origin(communityId: string): Promise<ExecutionOrigin | null> {
    const state = await this.#engine.loadFor(communityId)
    return state === null ? null : executionOrigin(state.identity)
  }

  async payload(communityId: string, hash: string): Promise<FoundPayload | null> {
    const state = await this.#engine.loadFor(communityId)
    return state === null ? null : findPayload(state, hash)
  }

  async definition(communityId: string): Promise<WorkflowDefinition | null> {
    return (await this.#engine.loadFor(communityId))?.graph.definition ?? null
  }

  async events(communityId: string, { after, limit }: EventQuery): Promise<EventPage | null> {
    if ((await this.#engine.loadFor(communityId)) === null) return null
    const frames = this.#engine.framesAfter(after, limit + 1)
    return { events: frames.slice(0, limit), next: frames.length > limit ? (frames[limit - 1]?.seq ?? null) : null }
  }

  async nodes(communityId: string, query: NodeQuery): Promise<NodePage | null> {
    const state = await this.#engine.loadFor(communityId)
    return state === null ? null : listNodes(state, () => this.#engine.journal.readFrom(1), query)
  }

  async control(communityId: Asker, command: ControlCommand): Promise<ControlAnswer> {
    if ((await this.#engine.loadFor(communityId)) === null) return { kind: 'not_found' }
    let deliveredTo: string | null = null
    const answer = await this.#command(command, (events) => {
      for (const event of events) if (event.type === 'signal.received') deliveredTo = event.deliveredTo ?? null
    })
    if (command.type === 'pause' || command.type === 'resume') await this.#engine.tellPause()
    return command.type === 'signal' && answer.kind === 'done' ? { ...answer, deliveredTo } : answer
  }

  async replay(communityId: string, by: string, request: ReplayRequest): Promise<ReplayAnswer> {
    const state = await this.#engine.loadFor(communityId)
    if (state === null) return { kind: 'not_found' }
    if (state.phase.status === 'open') return { kind: 'refused', reason: 'NOT_FINISHED', ...standing(state) }
    const planning = planReplay(state, request, nodeTypes)
    return 'issues' in planning
      ? { kind: 'invalid', issues: planning.issues }
      : this.#command({ type: 'replay', by, plan: planning.plan })
  }

  async approval(communityId: Asker, node: string): Promise<ApprovalView | null> {
    const state = await this.#engine.loadFor(communityId)
    return state === null ? null : viewApproval(state, node)
  }

  async approve({ communityId, epoch, node, answer }: ApprovalRequest): Promise<ControlAnswer> {
    if ((await this.#engine.loadFor(communityId)) === null) return { kind: 'not_found' }
    let answeredAt: number | null = null
    const given = await this.#command({ type: 'approve', epoch, node, answer }, (events) => {
      for (const event of events) if (event.type === 'approval.answered') answeredAt = event.answer.at
    })
    return given.kind === 'done' ? { ...given, at: answeredAt ?? given.at } : given
  }

  async settle({ executionId, epoch, node, attempt, result }: Settlement): Promise<SettleAnswer> {
    await this.#engine.load()
    const settlement = { epoch, node, attempt, result }
    const noOp = await this.#engine.turn.during(() => this.#engine.settle(executionId, settlement))
    return noOp === null ? { kind: 'accepted' } : { kind: 'ignored', reason: noOp }
  }

  async tell(delta: Delta): Promise<boolean> {
    return this.#engine.stream.tell(delta)
  }

  async claim({ epoch, node, attempt }: ClaimRequest): Promise<ClaimAnswer> {
    await this.#engine.load()
    if ((await this.#engine.transition({ type: 'claim', epoch, node, attempt })) !== null) return { kind: 'superseded' }
    return { kind: 'work', task: attemptTask(this.#engine.must(), node, this.#engine.stream.isHeard(node)) }
  }

  async childEnded({ communityId, parent, executionId, end }: ChildEndedRequest): Promise<ChildEndedAnswer> {
    const engine = this.#engine
    // Who waited may be gone, retention included: there is nobody left to tell.
    if ((await engine.loadFor(communityId)) === null) return { kind: 'heard' }
    // What nobody waits for need not be copied.
    const isAwaited = awaitsChild(engine.must(), parent, executionId) !== 'no'
    const taken = isAwaited ? await engine.takeOver(parent, executionId, end) : end
    const noOp = await engine.turn.during(() => engine.transition({ type: 'child_ended', parent, executionId, end: taken }))
    // It was removed while the child's outputs were copied.
    if (noOp === 'NOT_STARTED') await engine.payloads.removeAll(parent.executionId)
    const waits = noOp !== null && engine.state !== null && awaitsChild(engine.state, parent, executionId) !== 'no'
    return { kind: waits ? 'later' : 'heard' }
  }

  async awaitsChild({ communityId, parent, executionId }: AwaitsChildRequest): Promise<Awaits> {
    const state = await this.#engine.loadFor(communityId)
    return state === null ? 'no' : awaitsChild(state, parent, executionId)
  }

  async recoverChild({ communityId, key, parent }: RecoverChildRequest): Promise<boolean> {
    const state = await this.#engine.loadFor(communityId)
    if (state?.identity.idempotency?.key !== key) return false
    await this.#found(parent)
    return true
  }

  async failure(communityId: string, epoch: number): Promise<FailureFacts | null> {
    const state = await this.#engine.loadFor(communityId)
    if (state === null) return null
    const { identity, inputs, phase } = state
    return { identity, inputs, error: state.epoch === epoch && phase.status === 'failed' ? phase.error : null }
  }

  async cancelChild({ communityId, parentExecutionId, epoch }: CancelChildRequest): Promise<void> {
    const state = await this.#engine.loadFor(communityId)
    if (state === null || state.identity.parentExecutionId !== parentExecutionId) return
    // A later epoch of the parent waits for it again, or somebody else had it go on after its end.
    if (state.runsForCaller || (state.identity.parent?.epoch ?? 1) > epoch) return
    if ((await this.#engine.letGo()) !== null) this.#engine.tellParentAgain()
  }

  async erase(communityId: string): Promise<EraseAnswer> {
    const state = await this.#engine.loadFor(communityId)
    if (state === null) return 'not_found'
    if (state.phase.status === 'open') return 'not_finished'
    return this.#engine.erase()
  }

  async eraseShard({ communityId, parentExecutionId }: Omit<CancelChildRequest, 'epoch'>): Promise<EraseAnswer> {
    const identity = (await this.#engine.loadFor(communityId))?.identity
    const isShard = identity?.shard === true && identity.parentExecutionId === parentExecutionId
    return isShard ? this.erase(communityId) : 'not_found'
  }

  async wake(): Promise<void> {
    const engine = this.#engine
    // What is remembered may be an alarm that was dropped.
    engine.alarm.forget()
    await engine.alarm.load()
    if ((await engine.load()) === null) return
    const noOp = await engine.turn.during(() => engine.transition({ type: 'wake' }))
    engine.arm()
    // An end that came just now has been told; else history's moment is old, and would be asked about for ever.
    if (noOp !== null || engine.must().phase.status === 'open') engine.history.send(engine.must())
  }

  override async fetch(request: Request): Promise<Response> {
    const known = await this.#engine.loadFor(decodeURIComponent(request.headers.get('X-Community-Id') ?? ''))
    if (known === null) return new Response(null, { status: 404 })
    const cursor = requestedCursor(new URL(request.url))
    return cursor === null ? new Response(null, { status: 400 }) : this.#engine.stream.accept(cursor)
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if ((await this.#engine.load()) !== null) this.#engine.stream.message(socket, message)
  }

  override webSocketClose(socket: WebSocket): void {
    this.#engine.stream.closed(socket)
  }

  /** Never throws: the platform drops an alarm after six failures. Running it twice changes nothing. */
  override async alarm(): Promise<void> {
    const engine = this.#engine
    engine.alarm.forget()
    try {
      if ((await engine.load({ ringing: true })) === null) return
      await engine.turn.during(() => engine.transition({ type: 'wake' }))
      // Before D1 or a relative is asked, which may take long: timers do not wait for it.
      const wakeAt = nextWakeAt(engine.must())
      if (wakeAt !== null) engine.alarm.set(wakeAt)
      await engine.keepPromises()
    } catch (error) {
      logError('alarm failed', error, { execution_id: this.ctx.id.name ?? '' })
      engine.alarm.set(Date.now() + SECOND_TRY_MS)
    }
  }

  async #command(command: Command, tell?: (events: readonly ExecutionEvent[]) => void): Promise<ControlAnswer> {
    const noOp = await this.#engine.turn.during(() => this.#engine.transition(command, tell))
    // It may have been removed while this was on its way.
    if (this.#engine.state === null) return { kind: 'not_found' }
    const stands = standing(this.#engine.state)
    return noOp === null ? { kind: 'done', ...stands, at: Date.now() } : { kind: 'refused', reason: noOp, ...stands }
  }

  /** By its parent, which may be in another epoch and which may not have heard the end. */
  async #found(parent: ParentNode | null): Promise<void> {
    const engine = this.#engine
    const noOp = parent && (await engine.turn.during(() => engine.transition({ type: 'adopt', parent })))
    if (noOp === 'BEING_REMOVED') throw new Error('the execution is being removed')
    this.#engine.tellParentAgain()
  }

  async #replay({ idempotency: asked, parent }: ExecutionIdentity, wait: boolean): Promise<StartAnswer> {
    const state = this.#engine.must()
    const known = state.identity.idempotency
    if (asked === null || known?.key !== asked.key) return { kind: 'id_taken' }
    if (known.bodyHash !== asked.bodyHash) return { kind: 'idempotency_conflict' }
    await this.#found(parent ?? null)
    const found = this.#engine.must()
    return { kind: 'replayed', summary: summarizeExecution(found), view: wait ? this.#viewOfEnded(found) : null }
  }

  #viewOfEnded(state: ExecutionState): ExecutionView | null {
    if (state.phase.status === 'open') return null
    return viewExecution(state, [...this.#engine.journal.readFrom(1)], {
      now: Date.now(),
      includeLogs: true,
      includeMetrics: false,
    })
  }
}

const standing = (state: ExecutionState): Standing => ({
  status: executionStatus(state),
  epoch: state.epoch,
  seq: state.seq,
  timeoutSeconds: state.timeoutSeconds,
  deadlineAt: openDeadlineAt(state),
})
