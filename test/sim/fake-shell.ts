// A shell around the pure core as the Execution object, its alarm, the Runner and the task queue are around it: load, decide,
// append, run effects; but in memory, in virtual time, and with faults. Every decision is checked against the invariants.
import type { Command, NoOp } from '../../src/core/command.ts'
import { type Decision, decide } from '../../src/core/decide.ts'
import type { Effect } from '../../src/core/effect.ts'
import { LEASE_GRACE_MS } from '../../src/core/limits.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import { nextWakeAt } from '../../src/core/timers.ts'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { EPOCH_START, failure, identity } from '../support/run.ts'
import { deepFreeze } from './deep-freeze.ts'
import { describeCommand } from './describe-command.ts'
import { FakeJournal } from './fake-journal.ts'
import type { FakeWorld } from './fake-world.ts'
import type { Faults } from './faults.ts'
import { findDifference } from './find-difference.ts'
import { checkStep } from './invariants.ts'
import type { RandomWorkflow } from './random-workflow.ts'
import { violation } from './step.ts'

/** When a transition stopped at its step limit and nothing else goes on: as the Execution object does. */
const SECOND_TRY_MS = 30_000
/** Far above what 25 nodes with five attempts and as many faults can take. */
const MAX_STEPS = 5_000

interface Mail {
  readonly at: number
  readonly message: Message
}

/** What is on its way: a command to the execution, or an attempt to its Runner. */
type Message = Command | { readonly type: 'perform'; readonly task: AttemptTask }

export class FakeShell {
  readonly workflow: RandomWorkflow
  readonly journal = new FakeJournal()
  /** By node: the idempotency key and config with which it was performed. */
  readonly performed = new Map<string, string>()
  /** Settlements that were accepted, by node. */
  readonly accepted = new Map<string, number>()
  readonly noOps = new Map<NoOp, number>()
  /** Commands and faults in order, for a failure's report. */
  readonly schedule: string[] = []
  now = EPOCH_START
  steps = 0
  readonly #world: FakeWorld
  readonly #faults: Faults
  #mail: Mail[] = []
  #alarmAt: number | null = null
  /** Memory: thrown away by crash and eviction. */
  #state: ExecutionState | null = null
  #continueDue = false

  constructor(workflow: RandomWorkflow, world: FakeWorld, faults: Faults) {
    this.workflow = workflow
    this.#world = world
    this.#faults = faults
  }

  /** Runs the execution to its end and drains what is still on its way. Answers the final state. */
  run(): ExecutionState {
    this.#post(0, this.#startCommand())
    if (this.workflow.family === 'free' && this.#faults.strikes('cancel'))
      this.#post(this.#faults.random.int(1, 100_000), { type: 'cancel', by: 'sim', reason: null })
    while (this.#step())
      if (this.steps > MAX_STEPS) throw violation('every-execution-ends', `still open after ${MAX_STEPS} steps`)
    const state = this.#load()
    if (state === null) throw violation('every-execution-ends', 'it was never started')
    this.#send({ type: 'wake' })
    this.journal.checkWhole()
    return state
  }

  /** Delivers what is next in time; false where nothing is left to come. */
  #step(): boolean {
    this.#disturb()
    const next = this.#mail.reduce<Mail | null>((a, b) => (a === null || b.at < a.at ? b : a), null)
    const isOpen = this.journal.decided === null || this.journal.decided.phase.status === 'open'
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
    if (next.message.type === 'perform') this.#perform(next.message.task)
    else this.#deliver(next.message)
    return true
  }

  #deliver(command: Command): void {
    const answer = this.#send(command)
    if (command.type === 'start' && answer === 'crashed' && this.journal.decided === null) this.#post(0, command)
    if (command.type === 'claim' && answer === null) this.#perform(attemptTask(this.#must(), command.node))
    if (command.type !== 'settle' || answer !== null) return
    this.accepted.set(command.node, (this.accepted.get(command.node) ?? 0) + 1)
    if (this.#faults.strikes('conflicting_settlement'))
      this.#post(this.#faults.random.int(0, 5_000), { ...command, result: other(command.result) })
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
    if (this.#faults.strikes('duplicate_alarm')) this.#post(this.#faults.random.pick([0, 1, 500]), { type: 'wake' })
    const state = this.#load()
    if (state !== null) this.#armFor(state)
  }

  /** Load, decide, append, act; as the object does. Answers why nothing changed, or `crashed` where the caller got no answer. */
  #send(command: Command): NoOp | 'crashed' | null {
    this.steps += 1
    this.schedule.push(`${this.now - EPOCH_START} ${describeCommand(command)}`)
    const before = this.#load()
    const nodesBefore = before === null ? [] : [...before.nodes]
    const decision = decide(before, deepFreeze(command), this.now, nodeTypes)
    const continueDue = this.#isContinueDue(command, decision)
    checkStep({ workflow: this.workflow, before, nodesBefore, command, decision, now: this.now, continueDue })
    if (this.#faults.random.chance(0.2)) this.#decideAgain(command, decision)
    if (this.#isLostBefore(command, decision)) return 'crashed'
    if (decision.noOp !== null || decision.state === null) {
      if (decision.noOp !== null) this.noOps.set(decision.noOp, (this.noOps.get(decision.noOp) ?? 0) + 1)
      return decision.noOp
    }
    this.#continueDue = continueDue
    this.journal.append(decision.events, decision.state, this.now)
    if (this.#faults.random.chance(0.15)) this.journal.takeSnapshot()
    this.#state = decision.state
    if (decision.effects.some(({ type }) => type === 'continue')) this.#arm(this.now + SECOND_TRY_MS)
    this.#armFor(decision.state)
    return this.#act(command, decision, decision.state)
  }

  /** A folded state, the same command and moment give the same decision: nothing but the journal has a say in it. */
  #decideAgain(command: Command, { events, effects, noOp }: Decision): void {
    const again = decide(this.journal.replica, command, this.now, nodeTypes)
    const difference = findDifference([again.events, again.effects, again.noOp], [events, effects, noOp])
    if (difference !== null) throw violation('deciding-again-decides-the-same', difference)
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
      this.#post(0, { type: 'wake' })
      return
    }
    const { node, attempt } = effect
    if (this.#faults.strikesAttempts('drop_effect', [node])) {
      this.#note(`drop_effect ${node}`)
      return
    }
    const copies = this.#faults.strikes('duplicate_effect') ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      if (effect.type === 'node.run')
        this.#post(this.#faults.random.int(0, 20), { type: 'perform', task: attemptTask(state, node) })
      else this.#enqueue(node, attempt)
    }
  }

  #enqueue(node: string, attempt: number): void {
    const command = { type: 'claim', epoch: 1, node, attempt } as const
    const isLate = this.#faults.strikesAttempts('late_pickup', [node])
    this.#post(isLate ? this.#faults.random.int(300_000, 900_000) : this.#faults.random.int(10, 60_000), command)
    if (this.#faults.strikes('duplicate_claim')) this.#post(this.#faults.random.int(10, 90_000), command)
  }

  /** A Runner or queue consumer makes the attempt and settles it. */
  #perform({ node, attempt, epoch, run, executionId, config, timeoutMs }: AttemptTask): void {
    const faults = this.#faults
    if (faults.strikesAttempts('lost_runner', [node])) {
      this.#note(`lost_runner ${node}`)
      return
    }
    this.#recordPerformance(node, `${executionId}.${node}.${run} ${JSON.stringify(config)}`)
    const taken = this.accepted.get(node) ?? 0
    const command = { type: 'settle', epoch, node, attempt, result: this.#world.answer(node, taken) } as const
    if (faults.strikesAttempts('drop_settlement', [node])) {
      this.#note(`drop_settlement ${node}`)
      return
    }
    const late = faults.strikesAttempts('delay_settlement', [node])
      ? timeoutMs + LEASE_GRACE_MS + faults.random.int(0, 60_000)
      : 0
    const reordered = faults.strikes('reorder_settlement') ? faults.random.int(0, Math.floor(timeoutMs * 0.4)) : 0
    const delay = this.#world.durationMs(node, taken, timeoutMs) + late + reordered
    this.#post(delay, command)
    if (faults.strikes('duplicate_settlement')) this.#post(delay + faults.random.pick([0, 1, 40_000]), command)
  }

  #recordPerformance(node: string, attempt: string): void {
    const earlier = this.performed.get(node) ?? attempt
    if (earlier !== attempt) throw violation('attempts-of-a-node-are-alike', `${node}: ${attempt} after ${earlier}`)
    this.performed.set(node, attempt)
  }

  /** Commands that are out of place, of any moment. */
  #disturb(): void {
    const state = this.journal.decided
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
    this.#state ??= this.journal.load()
    return this.#state
  }

  #must(): ExecutionState {
    const state = this.#load()
    if (state === null) throw new Error('not started')
    return state
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
