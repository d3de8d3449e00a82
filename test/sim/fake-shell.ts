// A shell around the pure core as the Execution object, its alarm, the Runner and the task queue are around it: load, decide,
// append, run effects; but in memory, in virtual time, and with faults. Every decision is checked against the invariants.
import { foldEntries } from '../../src/core/apply.ts'
import type { Command, NoOp } from '../../src/core/command.ts'
import { type Decision, decide } from '../../src/core/decide.ts'
import type { Effect } from '../../src/core/effect.ts'
import type { JournalEntry } from '../../src/core/event.ts'
import { LEASE_GRACE_MS } from '../../src/core/limits.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { restoreSnapshot, type Snapshot, takeSnapshot } from '../../src/core/snapshot.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import { nextWakeAt } from '../../src/core/timers.ts'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { EPOCH_START, failure, identity } from '../support/run.ts'
import { deepFreeze, freezeState } from './deep-freeze.ts'
import type { FakeWorld } from './fake-world.ts'
import type { Faults } from './faults.ts'
import { findDifference } from './find-difference.ts'
import { checkStep, violation } from './invariants.ts'
import type { RandomWorkflow } from './random-workflow.ts'

/** When a transition stopped at its step limit and nothing else goes on: as the Execution object does. */
const SECOND_TRY_MS = 30_000
/** Far above what 25 nodes with five attempts and as many faults can take. */
const MAX_STEPS = 5_000

type Message = { readonly kind: 'command'; readonly command: Command } | { readonly kind: 'run'; readonly task: AttemptTask }

export interface Performed {
  times: number
  readonly idempotencyKey: string
  readonly config: string
}

export class FakeShell {
  readonly workflow: RandomWorkflow
  readonly journal: JournalEntry[] = []
  readonly performed = new Map<string, Performed>()
  /** Settlements that were accepted, by node. */
  readonly accepted = new Map<string, number>()
  readonly noOps = new Map<NoOp, number>()
  /** Commands and faults in order, for a failure's report. */
  readonly schedule: string[] = []
  now = EPOCH_START
  steps = 0
  readonly #world: FakeWorld
  readonly #faults: Faults
  #mail: { readonly at: number; readonly message: Message }[] = []
  #alarmAt: number | null = null
  #snapshot: string | null = null
  /** Memory: thrown away by crash and eviction. */
  #state: ExecutionState | null = null
  /** What the last accepted decision gave; only the checks look at it. */
  #decided: ExecutionState | null = null
  /** The journal as folded row by row, beside what was decided. */
  #replica: ExecutionState | null = null
  #continueDue = false

  constructor(workflow: RandomWorkflow, world: FakeWorld, faults: Faults) {
    this.workflow = workflow
    this.#world = world
    this.#faults = faults
  }

  /** Runs the execution to its end and drains what is still on its way. Answers the final state. */
  run(): ExecutionState {
    this.#post(0, { kind: 'command', command: this.#startCommand() })
    if (this.workflow.family === 'free' && this.#faults.strikes('cancel'))
      this.#post(this.#faults.random.int(1, 100_000), { kind: 'command', command: { type: 'cancel', by: 'sim', reason: null } })
    while (this.#step())
      if (this.steps > MAX_STEPS) throw violation('every-execution-ends', `still open after ${MAX_STEPS} steps`)
    const state = this.#load()
    if (state === null) throw violation('every-execution-ends', 'it was never started')
    this.#send({ type: 'wake' })
    this.#checkFold(foldEntries(null, this.journal, nodeTypes))
    return state
  }

  /** Delivers what is next in time; false where nothing is left to come. */
  #step(): boolean {
    this.#disturb()
    const next =
      (this.#mail.reduce < (typeof this.#mail)[number]) | (null > ((a, b) => (a === null || b.at < a.at ? b : a), null))
    const isOpen = this.#decided === null || this.#decided.phase.status === 'open'
    if (isOpen && this.#alarmAt !== null && (next === null || this.#alarmAt <= next.at)) {
      this.#ring(this.#alarmAt)
      return true
    }
    if (next === null) {
      if (isOpen) throw violation('no-execution-is-stuck', 'open, with no alarm and nothing on its way')
      return false
    }
    this.#mail = this.#mail.filter((mail) => mail !== next)
    this.now = Math.max(this.now, next.at)
    if (next.message.kind === 'run') this.#perform(next.message.task)
    else this.#deliver(next.message.command)
    return true
  }

  #deliver(command: Command): void {
    const answer = this.#send(command)
    if (command.type === 'start' && answer === 'crashed' && this.#decided === null) this.#post(1, { kind: 'command', command })
    if (command.type === 'claim' && answer === null) this.#perform(attemptTask(this.#must(), command.node))
    if (command.type !== 'settle' || answer !== null) return
    this.accepted.set(command.node, (this.accepted.get(command.node) ?? 0) + 1)
    if (this.#faults.strikes('conflicting_settlement'))
      this.#post(this.#faults.random.int(0, 5_000), { kind: 'command', command: { ...command, result: other(command.result) } })
  }

  /** The alarm: at-least-once, never early by itself, sometimes late. */
  #ring(at: number): void {
    if (this.#faults.strikes('late_alarm')) {
      this.#alarmAt = at + this.#faults.random.pick([1, 1_000, 60_000, 3_600_000])
      return
    }
    this.now = Math.max(this.now, at)
    this.#alarmAt = null
    if (this.#send({ type: 'wake' }) === 'crashed') this.#arm(this.now + 2_000)
    if (this.#faults.strikes('duplicate_alarm'))
      this.#post(this.#faults.random.pick([0, 1, 500]), { kind: 'command', command: { type: 'wake' } })
    const state = this.#load()
    if (state !== null) this.#armFor(state)
  }

  /** Load, decide, append, act; as the object does. Answers why nothing changed, or `crashed` where the caller got no answer. */
  #send(command: Command): NoOp | 'crashed' | null {
    this.steps += 1
    this.schedule.push(`${this.now - EPOCH_START} ${describe(command)}`)
    const before = this.#load()
    const nodesBefore = before === null ? [] : [...before.nodes]
    const decision = decide(before, deepFreeze(command), this.now, nodeTypes)
    const continueDue = this.#isContinueDue(command, decision)
    checkStep({ workflow: this.workflow, before, nodesBefore, command, decision, now: this.now, continueDue })
    if (this.#isLostBefore(command, decision)) return 'crashed'
    if (decision.noOp !== null || decision.state === null) {
      if (decision.noOp !== null) this.noOps.set(decision.noOp, (this.noOps.get(decision.noOp) ?? 0) + 1)
      return decision.noOp
    }
    this.#continueDue = continueDue
    this.#append(decision.events, before?.seq ?? 0, decision.state)
    if (decision.effects.some(({ type }) => type === 'continue')) this.#arm(this.now + SECOND_TRY_MS)
    this.#armFor(decision.state)
    return this.#act(command, decision, decision.state)
  }

  #isContinueDue(command: Command, { effects, noOp }: Decision): boolean {
    const stopped = effects.some(({ type }) => type === 'continue')
    return stopped || (this.#continueDue && (noOp !== null || command.type !== 'wake'))
  }

  #isLostBefore(command: Command, { noOp }: Decision): boolean {
    const loses = noOp === null && (command.type === 'settle' || command.type === 'claim') ? [command.node] : []
    if (!this.#faults.strikesAttempts('crash_before_append', loses)) return false
    this.#note('crash_before_append')
    this.#state = null
    return true
  }

  #append(events: JournalEntry['events'], seqBefore: number, state: ExecutionState): void {
    const entry: JournalEntry = JSON.parse(JSON.stringify({ format: 1, firstSeq: seqBefore + 1, at: this.now, events }))
    this.journal.push(deepFreeze(entry))
    this.#state = freezeState(state)
    this.#decided = state
    this.#replica = freezeState(foldEntries(this.#replica, [entry], nodeTypes))
    this.#checkFold(this.#replica)
    if (this.#faults.random.chance(0.15)) this.#snapshot = JSON.stringify(takeSnapshot(state))
  }

  #act(command: Command, { effects }: Decision, state: ExecutionState): 'crashed' | null {
    const nodes = effects.flatMap((effect) => (effect.type === 'continue' ? [] : [effect.node]))
    const claimed = command.type === 'claim' ? [command.node] : []
    if (this.#faults.strikesAttempts('crash_after_append', [...nodes, ...claimed])) {
      this.#note('crash_after_append')
      this.#state = null
      // What was appended stands: a settlement that got no answer was accepted all the same.
      return command.type === 'settle' ? null : 'crashed'
    }
    for (const effect of effects) this.#start(effect, state)
    if (this.#faults.strikes('eviction')) this.#state = null
    return null
  }

  #start(effect: Effect, state: ExecutionState): void {
    if (effect.type === 'continue') {
      this.#post(0, { kind: 'command', command: { type: 'wake' } })
      return
    }
    const { node, attempt } = effect
    if (this.#faults.strikesAttempts('drop_effect', [node])) return this.#note(`drop_effect ${node}`)
    const copies = this.#faults.strikes('duplicate_effect') ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      if (effect.type === 'node.run') this.#post(this.#faults.random.int(0, 20), { kind: 'run', task: attemptTask(state, node) })
      else this.#enqueue(node, attempt)
    }
  }

  #enqueue(node: string, attempt: number): void {
    const command = { type: 'claim', epoch: 1, node, attempt } as const
    const isLate = this.#faults.strikesAttempts('late_pickup', [node])
    this.#post(isLate ? this.#faults.random.int(300_000, 900_000) : this.#faults.random.int(10, 60_000), {
      kind: 'command',
      command,
    })
    if (this.#faults.strikes('duplicate_claim')) this.#post(this.#faults.random.int(10, 90_000), { kind: 'command', command })
  }

  /** A Runner or queue consumer makes the attempt and settles it. */
  #perform({ node, attempt, epoch, run, executionId, config, timeoutMs }: AttemptTask): void {
    const faults = this.#faults
    if (faults.strikesAttempts('lost_runner', [node])) return this.#note(`lost_runner ${node}`)
    this.#recordPerformance(node, `${executionId}.${node}.${run}`, JSON.stringify(config))
    const taken = this.accepted.get(node) ?? 0
    const command = { type: 'settle', epoch, node, attempt, result: this.#world.answer(node, taken) } as const
    if (faults.strikesAttempts('drop_settlement', [node])) return this.#note(`drop_settlement ${node}`)
    const late = faults.strikesAttempts('delay_settlement', [node])
      ? timeoutMs + LEASE_GRACE_MS + faults.random.int(0, 60_000)
      : 0
    const reordered = faults.strikes('reorder_settlement') ? faults.random.int(0, Math.floor(timeoutMs * 0.4)) : 0
    const delay = this.#world.durationMs(node, taken, timeoutMs) + late + reordered
    this.#post(delay, { kind: 'command', command })
    if (faults.strikes('duplicate_settlement'))
      this.#post(delay + faults.random.pick([0, 1, 40_000]), { kind: 'command', command })
  }

  #recordPerformance(node: string, idempotencyKey: string, config: string): void {
    const known = this.performed.get(node)
    if (known === undefined) this.performed.set(node, { times: 1, idempotencyKey, config })
    else {
      known.times += 1
      if (known.idempotencyKey !== idempotencyKey || known.config !== config)
        throw violation(
          'attempts-of-a-node-are-alike',
          `${node}: ${idempotencyKey} ${config} after ${known.idempotencyKey} ${known.config}`,
        )
    }
  }

  /** Commands that are out of place, of any moment. */
  #disturb(): void {
    const state = this.#decided
    if (state === null) return
    const { random } = this.#faults
    const node = random.pick([...state.nodes.keys()])
    const status = state.nodes.get(node)
    const attempt = status?.status === 'running' ? status.attempt + random.pick([-1, 1, 7]) : random.int(0, 3)
    const stale = { type: 'settle', epoch: 1, node, attempt, result: { kind: 'completed', output: 'stale' } } as const
    if (this.#faults.strikes('stale_attempt')) this.#send(stale)
    if (this.#faults.strikes('stale_epoch')) this.#send({ ...stale, attempt: attempt + 1, epoch: random.pick([0, 2]) })
    if (this.#faults.strikes('unknown_node'))
      this.#send({ ...stale, node: random.pick(['nowhere', '__proto__', 'hasOwnProperty']) })
    if (this.#faults.strikes('stale_claim')) this.#send({ type: 'claim', epoch: random.pick([0, 1]), node, attempt })
    if (this.#faults.strikes('duplicate_start')) this.#send(this.#startCommand())
    if (this.#faults.strikes('early_alarm')) this.#send({ type: 'wake' })
  }

  #startCommand(): Command {
    const { definition, inputs } = this.workflow
    return { type: 'start', identity: identity(), definition, inputs }
  }

  #load(): ExecutionState | null {
    if (this.#state !== null || this.journal.length === 0) return this.#state
    const snapshot: Snapshot | null = this.#snapshot === null ? null : JSON.parse(this.#snapshot)
    const created = this.journal[0]?.events[0]
    if (created?.type !== 'execution.created')
      throw violation('fold-equals-decision', 'the journal does not begin with the creation')
    const base = snapshot === null ? null : restoreSnapshot(snapshot, created, nodeTypes)
    const rest = base === null ? this.journal : this.journal.filter(({ firstSeq }) => firstSeq > base.seq)
    this.#state = freezeState(foldEntries(base, rest, nodeTypes))
    this.#checkFold(this.#state)
    return this.#state
  }

  #must(): ExecutionState {
    const state = this.#load()
    if (state === null) throw new Error('not started')
    return state
  }

  /** Whatever way a state is loaded, it is the one that was decided. */
  #checkFold(folded: ExecutionState): void {
    const difference = findDifference(folded, this.#decided)
    if (difference !== null) throw violation('fold-equals-decision', difference)
  }

  #post(delay: number, message: Message): void {
    this.#mail.push({ at: this.now + delay, message: deepFreeze(message) })
  }

  /** Set only where none is set or this is earlier. */
  #arm(moment: number): void {
    if (this.#alarmAt === null || moment < this.#alarmAt) this.#alarmAt = moment
  }

  #armFor(state: ExecutionState): void {
    const moment = nextWakeAt(state)
    if (moment !== null) this.#arm(moment)
  }

  #note(what: string): void {
    this.schedule.push(`${this.now - EPOCH_START}   ! ${what}`)
  }
}

const other = (result: AttemptResult): AttemptResult =>
  result.kind === 'completed'
    ? failure({ code: 'HTTP_STATUS', status: 418, retryable: false })
    : { kind: 'completed', output: 'other' }

function describe(command: Command): string {
  switch (command.type) {
    case 'settle':
      return `settle ${command.node} attempt ${command.attempt} epoch ${command.epoch} ${JSON.stringify(command.result).slice(0, 120)}`
    case 'claim':
      return `claim ${command.node} attempt ${command.attempt} epoch ${command.epoch}`
    default:
      return command.type
  }
}
