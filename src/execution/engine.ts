// What moves an execution: load, decide, append, run effects. It decides nothing about workflows; the core does. Every field is a
// cache that eviction may take. The object's methods and handlers are its only callers.
import type { ChildEnd, Command } from '../core/command.ts'
import type { Effect } from '../core/effect.ts'
import { EVENT_FORMAT, type ExecutionEvent, type JournalEntry, type ParentNode } from '../core/event.ts'
import { findInstance } from '../core/instance.ts'
import type { LoadedPayloads } from '../core/payload.ts'
import type { ExecutionState } from '../core/state.ts'
import { nextWakeAt } from '../core/timers.ts'
import type { Settings } from '../env.ts'
import { type EventFrame, toEventFrames } from '../history/event-frame.ts'
import { createExecutionHistory } from '../history/execution-history.ts'
import { executionStatus } from '../history/execution-status.ts'
import { frameOptions } from '../history/frame-options.ts'
import { nodeTypes } from '../nodes/registry.ts'
import { logError } from '../observability/log-error.ts'
import { derivedId } from '../runner/derived-id.ts'
import type { Runner } from '../runner/runner.ts'
import { Alarm } from './alarm.ts'
import { attemptTask } from './attempt-task.ts'
import type { Asker, EraseAnswer, Refusal } from './contract.ts'
import { decideNow } from './decide-now.ts'
import { EventStream } from './event-stream.ts'
import { Family, type Relative } from './family.ts'
import { HistoryKeeper } from './history-keeper.ts'
import { Journal } from './journal.ts'
import { nextAlarmAt } from './next-alarm.ts'
import { PayloadStore } from './payload-store.ts'
import { expiresAt, mayHavePayloads } from './retention.ts'
import { shardChildren } from './shard-children.ts'
import { Turn } from './turn.ts'

/** When a handler failed, or a transition stopped at its step limit: try again after this, should nothing else do it. */
export const SECOND_TRY_MS = 30_000

type Settled = Omit<Extract<Command, { readonly type: 'settle' }>, 'type'>

export class Engine {
  readonly journal: Journal
  readonly stream: EventStream
  readonly alarm: Alarm
  readonly history: HistoryKeeper
  readonly family: Family
  readonly payloads: PayloadStore
  readonly turn = new Turn(() => this.#state && this.history.turnEnded(this.#state))
  readonly #ctx: DurableObjectState
  /** Asked for each time: the object may get other bindings. */
  readonly #env: () => Env & Settings
  /** Undefined: not loaded; null: never started. */
  #state: ExecutionState | null | undefined = undefined
  /** Under way: whatever would begin meanwhile would be lost. */
  #removal: Promise<boolean> | null = null

  constructor(ctx: DurableObjectState, env: () => Env & Settings) {
    this.#ctx = ctx
    this.#env = env
    this.journal = new Journal(ctx.storage, nodeTypes)
    this.alarm = new Alarm(ctx)
    this.stream = new EventStream(ctx, {
      framesAfter: (after, atLeast) => this.framesAfter(after, atLeast),
      position: () => this.#position(),
    })
    this.history = new HistoryKeeper({
      send: (message) => this.#send(env().HISTORY_QUEUE, message),
      getStamp: (id) => createExecutionHistory(env().DB).getStamp(id),
    })
    this.payloads = new PayloadStore(() => env().PAYLOADS)
    // The namespace's own type makes the compiler unfold JSON without end.
    this.family = new Family((id) => env().EXECUTION.getByName(id) as unknown as Relative)
  }

  /** Null: never started. */
  get state(): ExecutionState | null {
    return this.#state ?? null
  }

  must(): ExecutionState {
    if (!this.#state) throw new Error('the execution was never started')
    return this.#state
  }

  /** An alarm that is missing was dropped by the platform, and is set again; while it rings none is set, and that sets the next. */
  async load({ ringing } = { ringing: false }): Promise<ExecutionState | null> {
    if (this.#state === undefined) {
      const isArmed = await this.alarm.load()
      if (this.#state === undefined) {
        this.#state = this.journal.load()
        if (this.#state !== null && !isArmed && !ringing) this.arm()
      }
    }
    return this.#state
  }

  /** Another community's execution does not exist; null: the caller has other proof. */
  async loadFor(communityId: Asker): Promise<ExecutionState | null> {
    const state = await this.load()
    return communityId === null || state?.identity.communityId === communityId ? state : null
  }

  /**
   * All is done when this returns, unless large outputs have to be loaded first: then it is decided by what is the case afterwards,
   * or what follows from a result is done by a `wake` after it. `tell` gets the events of this very transition.
   */
  transition(command: Command, tell: (events: readonly ExecutionEvent[]) => void = () => {}): Promise<Refusal | null> {
    return this.payloads.provide(this.#state?.identity.executionId ?? '', (payloads) => this.#transition(command, payloads, tell))
  }

  /** Decide, append, remember, and only then act. Synchronous; an append that fails leaves none of its rows behind. */
  #transition(command: Command, payloads: LoadedPayloads, tell: (events: readonly ExecutionEvent[]) => void): Refusal | null {
    if (this.#removal !== null && this.#state) return 'BEING_REMOVED'
    const now = Date.now()
    const before = this.#state ?? null
    const { events, effects, state, noOp, bugs } = decideNow(before, command, now, payloads)
    for (const bug of bugs) logError('a bug ended a node', bug, { execution_id: this.#ctx.id.name ?? '' })
    if (noOp !== null || state === null) return noOp
    const entry: JournalEntry = { format: EVENT_FORMAT, firstSeq: (before?.seq ?? 0) + 1, at: now, events }
    this.journal.append(entry, state)
    this.#state = state
    tell(events)
    this.history.advanced(before, state)
    const ends = before?.phase.status !== state.phase.status && state.phase.status !== 'open'
    if (ends) this.history.ended()
    this.arm()
    this.stream.broadcast(() => toEventFrames(entry, frameOptions(state)))
    for (const effect of effects) this.#perform(effect, state)
    if (ends) this.#tellEnd(state)
    if (this.family.pauses.lackingSince(state) !== null) this.#ctx.waitUntil(this.tellPause())
    return null
  }

  /** To the shards: when this resolves, those that could be reached are paused, or go on, as this execution. */
  tellPause(): Promise<void> {
    return this.family.pauses.tell(() => this.state)
  }

  #tellEnd(state: ExecutionState): void {
    this.history.send(state)
    this.#ctx.waitUntil(this.family.tellParent(state))
  }

  #perform(effect: Effect, state: ExecutionState): void {
    switch (effect.type) {
      case 'node.run':
        this.turn.await(this.#runAttempt(effect.node, state))
        return
      case 'node.enqueue':
        this.#send(this.#env().TASKS_QUEUE, {
          kind: 'attempt',
          execution_id: state.identity.executionId,
          epoch: state.epoch,
          node: effect.node,
          attempt: effect.attempt,
        })
        return
      case 'child.cancel':
        this.#ctx.waitUntil(this.family.cancelChild(state, effect.executionId, state.epoch))
        return
      case 'continue':
        this.alarm.set(Date.now() + SECOND_TRY_MS)
        this.turn.await(scheduler.wait(0).then(async () => void (await this.transition({ type: 'wake' }))))
    }
  }

  /** A Runner that cannot be reached is left to the lease: the attempt may be under way all the same. */
  async #runAttempt(node: string, state: ExecutionState): Promise<void> {
    const task = attemptTask(state, node, this.stream.isHeard(node))
    // The loopback stub of `Runner`, whose own type makes the compiler unfold JSON without end.
    const runner = this.#ctx.exports.Runner as unknown as Pick<Runner, 'run'>
    const answer = await runner.run(task)
    if (answer.kind === 'settled') {
      const { executionId, epoch, attempt } = task
      await this.settle(executionId, { epoch, node, attempt, result: answer.result })
    }
  }

  /**
   * A child whose node does not want it any more is cancelled: nobody else knows of it. Where the execution is gone, it asks for its
   * parent itself, and what the attempt has left outside goes.
   */
  async settle(executionId: string, settlement: Settled): Promise<Refusal | null> {
    // What removes now may have looked before the attempt stored its output.
    await this.#removal?.catch(() => false)
    const noOp = await this.transition({ type: 'settle', ...settlement })
    if (noOp === 'NOT_STARTED') await this.payloads.removeAll(executionId)
    else if (noOp !== null && settlement.result.kind === 'child' && this.#state)
      this.#ctx.waitUntil(this.family.cancelIfDone(this.#state, settlement, settlement.result.executionId))
    return noOp
  }

  /** A child's end, of which nothing lies with the child any more. */
  async takeOver({ executionId, node }: ParentNode, child: string, end: ChildEnd): Promise<ChildEnd> {
    const adopted = await this.payloads.adopt(executionId, child, end)
    // What a shard gives is a part of a list, and bounded with it.
    const isShard = this.#state && findInstance(this.#state, node)?.node.type.internal === true
    return isShard ? adopted : this.payloads.putAside(executionId, adopted)
  }

  /** Of a child: nobody waits for its end. */
  letGo(): Promise<Refusal | null> {
    const by = `execution ${this.must().identity.parentExecutionId}`
    return this.transition({ type: 'cancel', by, reason: 'nobody waits for it any more' })
  }

  /** The end has been told before, but whoever asks may not have heard. */
  tellParentAgain(): void {
    this.#ctx.waitUntil(this.family.tellParentAgain(this.must()))
  }

  /** What a queue loses is sent again: history by the alarm's check, an attempt when its lease has passed. */
  #send(queue: Queue, message: object): void {
    const failed = (error: unknown) => logError('queue send failed', error, { execution_id: this.#ctx.id.name ?? '' })
    this.#ctx.waitUntil(queue.send(message).catch(failed))
  }

  /** Sees to it that history, a parent and cancelled children hear what they have to; removes the storage when its time has come. */
  async keepPromises(): Promise<void> {
    await this.history.check(() => this.must())
    if (await this.family.isUnwanted(this.must())) await this.letGo()
    await this.family.check(() => this.must())
    const state = this.#state
    // Somebody has erased it meanwhile.
    if (!state) return
    const isTold = this.history.lackingSince(state) === null && this.family.lackingSince(state) === null
    if (isTold && (expiresAt(state) ?? Number.POSITIVE_INFINITY) <= Date.now())
      await this.#remove('the execution has expired', { withShards: false })
    else this.arm()
  }

  /** For good, with its shards: nobody else will. Its parent and children have to hear first what they wait for. */
  async erase(): Promise<EraseAnswer> {
    await this.family.check(() => this.must())
    const state = this.#state
    if (!state) return 'not_found'
    if (state.phase.status === 'open') return 'not_finished'
    if (this.family.lackingSince(state) !== null) return 'unheard'
    return (await this.#remove('the execution was erased', { withShards: true })) ? 'erased' : 'unheard'
  }

  /** Once at a time; commands that come meanwhile are refused. False: a shard is still at work. */
  #remove(why: string, options: { readonly withShards: boolean }): Promise<boolean> {
    this.#removal ??= this.#removeAll(why, options).finally(() => {
      this.#removal = null
    })
    return this.#removal
  }

  /** Under the secret of the Runners that start them. */
  #shardChildren(state: ExecutionState): ReadonlySet<string> {
    return shardChildren(state, this.journal.readFrom(1), (parts) => derivedId(this.#env().ID_SECRET, parts))
  }

  async #removeAll(why: string, { withShards }: { readonly withShards: boolean }): Promise<boolean> {
    const state = this.must()
    // First: without the journal nobody would know of them.
    if (withShards && !(await this.family.eraseShards(state, this.#shardChildren(state)))) return false
    if (mayHavePayloads(state)) await this.payloads.removeAll(state.identity.executionId)
    this.stream.closeAll(why)
    await this.#ctx.storage.deleteAll()
    this.journal.forget()
    this.#state = null
    this.alarm.forget()
    this.history.forget()
    this.family.forget()
    return true
  }

  arm(): void {
    const state = this.must()
    const moment = nextAlarmAt({
      now: Date.now(),
      wakeAt: nextWakeAt(state),
      historySince: earliest(this.history.lackingSince(state), this.family.lackingSince(state)),
      expiresAt: expiresAt(state),
    })
    if (moment !== null) this.alarm.set(moment)
  }

  framesAfter(after: number, atLeast: number): readonly EventFrame[] {
    const state = this.must()
    const frames: EventFrame[] = []
    for (const entry of this.journal.readFrom(after + 1)) {
      frames.push(...toEventFrames(entry, frameOptions(state)).filter(({ seq }) => seq > after))
      if (frames.length >= atLeast) break
    }
    return frames
  }

  #position(): { readonly seq: number; readonly endedAs: string | null } {
    const state = this.must()
    return { seq: state.seq, endedAs: state.phase.status === 'open' ? null : executionStatus(state) }
  }
}

const earliest = (a: number | null, b: number | null): number | null => (a === null || b === null ? (a ?? b) : Math.min(a, b))
