// The Durable Object of one execution: load, decide, append, run effects. It decides nothing about workflows; the core does.
// Every field is a cache that eviction may take. The Worker calls its RPC methods, the platform its alarm and socket handlers.
import { DurableObject } from 'cloudflare:workers'
import type { Command, NoOp } from '../core/command.ts'
import { decide } from '../core/decide.ts'
import type { WorkflowDefinition } from '../core/definition.ts'
import type { Effect } from '../core/effect.ts'
import { EVENT_FORMAT } from '../core/event.ts'
import type { Json } from '../core/json.ts'
import type { ExecutionState } from '../core/state.ts'
import { nextWakeAt } from '../core/timers.ts'
import { type EventFrame, toEventFrames } from '../history/event-frame.ts'
import { createExecutionHistory } from '../history/execution-history.ts'
import { executionStatus } from '../history/execution-status.ts'
import { summarizeExecution } from '../history/execution-summary.ts'
import { type ExecutionView, findPayload, viewExecution } from '../history/execution-view.ts'
import { frameOptions } from '../history/frame-options.ts'
import { isoTime } from '../history/iso-time.ts'
import { nodeTypes } from '../nodes/registry.ts'
import { logError } from '../observability/log-error.ts'
import type { Runner } from '../runner/runner.ts'
import type { Settlement } from '../runner/task.ts'
import { Alarm } from './alarm.ts'
import { attemptTask } from './attempt-task.ts'
import type {
  CancelAnswer,
  ClaimAnswer,
  ClaimRequest,
  EventPage,
  EventQuery,
  ExecutionRpc,
  SettleAnswer,
  StartAnswer,
  StartRequest,
  ViewOptions,
} from './contract.ts'
import { EventStream, requestedCursor } from './event-stream.ts'
import { HistoryKeeper } from './history-keeper.ts'
import { Journal } from './journal.ts'
import { nextAlarmAt } from './next-alarm.ts'
import { expiresAt } from './retention.ts'
import { Turn } from './turn.ts'

/** `start` answers within this, with the end of the execution or without it. */
const START_ANSWERS_WITHIN_MS = 250
/** When a handler failed, or a transition stopped at its step limit: try again after this, should nothing else do it. */
const SECOND_TRY_MS = 30_000

export class Execution extends DurableObject<Env> implements ExecutionRpc {
  readonly #journal = new Journal(this.ctx.storage, nodeTypes)
  readonly #stream = new EventStream(this.ctx, {
    framesAfter: (after, atLeast) => this.#framesAfter(after, atLeast),
    position: () => this.#position(),
  })
  readonly #turn = new Turn(() => this.#state && this.#history.turnEnded(this.#state))
  readonly #alarm = new Alarm(this.ctx)
  readonly #history = new HistoryKeeper({
    send: (record) => this.#send(this.env.HISTORY_QUEUE, record),
    getStamp: (id) => createExecutionHistory(this.env.DB).getStamp(id),
  })
  /** Undefined: not loaded; null: never started. */
  #state: ExecutionState | null | undefined = undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  async start({ identity, definition, inputs, wait }: StartRequest): Promise<StartAnswer> {
    await this.#load()
    // Asked now, not as it was before the wait: another start may have come in between.
    if (this.#state) return this.#replay(this.#state, identity.idempotency, wait)
    this.#history.started()
    await this.#turn.during(() => this.#transition({ type: 'start', identity, definition, inputs }))
    if (wait) await this.#turn.endedWithin(START_ANSWERS_WITHIN_MS)
    const state = this.#must()
    return { kind: 'started', summary: summarizeExecution(state), view: wait ? this.#viewOfEnded(state) : null }
  }

  async get(communityId: string, { includeLogs, includeMetrics }: ViewOptions): Promise<ExecutionView | null> {
    const state = await this.#loadFor(communityId)
    if (state === null) return null
    const entries = includeLogs ? [...this.#journal.readFrom(1)] : null
    return viewExecution(state, entries, { now: Date.now(), includeLogs, includeMetrics })
  }

  async payload(communityId: string, hash: string): Promise<{ readonly value: Json } | null> {
    const state = await this.#loadFor(communityId)
    return state === null ? null : findPayload(state, hash)
  }

  async definition(communityId: string): Promise<WorkflowDefinition | null> {
    return (await this.#loadFor(communityId))?.graph.definition ?? null
  }

  async events(communityId: string, { after, limit }: EventQuery): Promise<EventPage | null> {
    if ((await this.#loadFor(communityId)) === null) return null
    const frames = this.#framesAfter(after, limit + 1)
    return { events: frames.slice(0, limit), next: frames.length > limit ? (frames[limit - 1]?.seq ?? null) : null }
  }

  async cancel(communityId: string, by: string, reason: string | null): Promise<CancelAnswer> {
    if ((await this.#loadFor(communityId)) === null) return { kind: 'not_found' }
    if (this.#transition({ type: 'cancel', by, reason }) !== null) return { kind: 'not_running' }
    const { phase } = this.#must()
    if (phase.status !== 'cancelled') throw new Error('a cancel that took effect did not end the execution')
    return { kind: 'cancelled', cancelledAt: isoTime(phase.endedAt) }
  }

  async settle({ epoch, node, attempt, result }: Settlement): Promise<SettleAnswer> {
    await this.#load()
    const noOp = await this.#turn.during(() => this.#transition({ type: 'settle', epoch, node, attempt, result }))
    return noOp === null ? { kind: 'accepted' } : { kind: 'ignored', reason: noOp }
  }

  async claim({ epoch, node, attempt }: ClaimRequest): Promise<ClaimAnswer> {
    await this.#load()
    if (this.#transition({ type: 'claim', epoch, node, attempt }) !== null) return { kind: 'superseded' }
    return { kind: 'work', task: attemptTask(this.#must(), node) }
  }

  async wake(): Promise<void> {
    // What is remembered may be an alarm that was dropped.
    this.#alarm.forget()
    await this.#alarm.load()
    if ((await this.#load()) === null) return
    const noOp = this.#turn.during(() => this.#transition({ type: 'wake' }))
    const state = this.#must()
    this.#armFor(state)
    // An end that came just now has been told; else history's moment is old, and would be asked about for ever.
    if (noOp !== null || state.phase.status === 'open') this.#history.send(state)
  }

  override async fetch(request: Request): Promise<Response> {
    if ((await this.#loadFor(request.headers.get('X-Community-Id') ?? '')) === null) return new Response(null, { status: 404 })
    const cursor = requestedCursor(new URL(request.url))
    return cursor === null ? new Response(null, { status: 400 }) : this.#stream.accept(cursor)
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if ((await this.#load()) !== null) this.#stream.message(socket, message)
  }

  override webSocketClose(socket: WebSocket): void {
    this.#stream.closed(socket)
  }

  /** Never throws: the platform drops an alarm after six failures. Running it twice changes nothing. */
  override async alarm(): Promise<void> {
    this.#alarm.forget()
    try {
      if ((await this.#load({ ringing: true })) === null) return
      await this.#turn.during(() => this.#transition({ type: 'wake' }))
      // Before D1 is asked, which may take long: timers do not wait for it.
      const wakeAt = nextWakeAt(this.#must())
      if (wakeAt !== null) this.#alarm.set(wakeAt)
      await this.#keepHistory()
    } catch (error) {
      logError('alarm failed', error, { execution_id: this.ctx.id.name ?? '' })
      this.#alarm.set(Date.now() + SECOND_TRY_MS)
    }
  }

  /** An alarm that is missing was dropped by the platform, and is set again; while it rings none is set, and that sets the next. */
  async #load({ ringing } = { ringing: false }): Promise<ExecutionState | null> {
    if (this.#state === undefined) {
      const isArmed = await this.#alarm.load()
      if (this.#state === undefined) {
        this.#state = this.#journal.load()
        if (this.#state !== null && !isArmed && !ringing) this.#armFor(this.#state)
      }
    }
    return this.#state
  }

  /** Another community's execution does not exist. */
  async #loadFor(communityId: string): Promise<ExecutionState | null> {
    const state = await this.#load()
    return state?.identity.communityId === communityId ? state : null
  }

  #must(): ExecutionState {
    if (!this.#state) throw new Error('the execution was never started')
    return this.#state
  }

  #replay(state: ExecutionState, asked: StartRequest['identity']['idempotency'], wait: boolean): StartAnswer {
    const known = state.identity.idempotency
    if (asked === null || known?.key !== asked.key) return { kind: 'id_taken' }
    if (known.bodyHash !== asked.bodyHash) return { kind: 'idempotency_conflict' }
    return { kind: 'replayed', summary: summarizeExecution(state), view: wait ? this.#viewOfEnded(state) : null }
  }

  #viewOfEnded(state: ExecutionState): ExecutionView | null {
    if (state.phase.status === 'open') return null
    return viewExecution(state, [...this.#journal.readFrom(1)], { now: Date.now(), includeLogs: true, includeMetrics: false })
  }

  /** Decide, append, remember, and only then act. Synchronous; an append that fails leaves none of its rows behind. */
  #transition(command: Command): NoOp | null {
    const now = Date.now()
    const before = this.#state ?? null
    const { events, effects, state, noOp, bugs } = decide(before, command, now, nodeTypes)
    for (const bug of bugs) logError('a bug ended a node', bug, { execution_id: this.ctx.id.name ?? '' })
    if (noOp !== null || state === null) return noOp
    const entry = { format: EVENT_FORMAT, firstSeq: (before?.seq ?? 0) + 1, at: now, events }
    this.#journal.append(entry, state)
    this.#state = state
    this.#history.advanced(state)
    this.#armFor(state)
    this.#stream.broadcast(() => toEventFrames(entry, frameOptions(state)))
    for (const effect of effects) this.#perform(effect, state)
    if (state.phase.status !== 'open') this.#history.send(state)
    return null
  }

  #perform(effect: Effect, state: ExecutionState): void {
    switch (effect.type) {
      case 'node.run':
        this.#turn.await(this.#runAttempt(effect.node, state))
        return
      case 'node.enqueue':
        this.#send(this.env.TASKS_QUEUE, {
          kind: 'attempt',
          execution_id: state.identity.executionId,
          epoch: state.epoch,
          node: effect.node,
          attempt: effect.attempt,
        })
        return
      case 'continue':
        this.#alarm.set(Date.now() + SECOND_TRY_MS)
        this.#turn.await(scheduler.wait(0).then(() => void this.#transition({ type: 'wake' })))
    }
  }

  /** A Runner that cannot be reached is left to the lease: the attempt may be under way all the same. */
  async #runAttempt(node: string, state: ExecutionState): Promise<void> {
    const task = attemptTask(state, node)
    // The loopback stub of `Runner`, whose own type makes the compiler unfold JSON without end.
    const runner = this.ctx.exports.Runner as unknown as Pick<Runner, 'run'>
    const answer = await runner.run(task)
    if (answer.kind === 'settled')
      this.#transition({ type: 'settle', epoch: task.epoch, node, attempt: task.attempt, result: answer.result })
  }

  /** What a queue loses is sent again: history by the alarm's check, an attempt when its lease has passed. */
  #send(queue: Queue, message: object): void {
    const failed = (error: unknown) => logError('queue send failed', error, { execution_id: this.ctx.id.name ?? '' })
    this.ctx.waitUntil(queue.send(message).catch(failed))
  }

  /** Sees to it that history has what it needs; removes the storage when its time has come. */
  async #keepHistory(): Promise<void> {
    await this.#history.check(() => this.#must())
    const state = this.#must()
    const isComplete = this.#history.lackingSince(state) === null
    if (isComplete && (expiresAt(state) ?? Number.POSITIVE_INFINITY) <= Date.now()) await this.#expire()
    else this.#armFor(state)
  }

  async #expire(): Promise<void> {
    this.#stream.closeAll('the execution has expired')
    await this.ctx.storage.deleteAll()
    this.#journal.forget()
    this.#state = null
    this.#alarm.forget()
    this.#history.forget()
  }

  #armFor(state: ExecutionState): void {
    const moment = nextAlarmAt({
      now: Date.now(),
      wakeAt: nextWakeAt(state),
      historySince: this.#history.lackingSince(state),
      expiresAt: expiresAt(state),
    })
    if (moment !== null) this.#alarm.set(moment)
  }

  #framesAfter(after: number, atLeast: number): readonly EventFrame[] {
    const state = this.#must()
    const frames: EventFrame[] = []
    for (const entry of this.#journal.readFrom(after + 1)) {
      frames.push(...toEventFrames(entry, frameOptions(state)).filter(({ seq }) => seq > after))
      if (frames.length >= atLeast) break
    }
    return frames
  }

  #position(): { readonly seq: number; readonly endedAs: string | null } {
    const state = this.#must()
    return { seq: state.seq, endedAs: state.phase.status === 'open' ? null : executionStatus(state) }
  }
}
