// A shell around the pure core as the Execution object, its alarm, the Runner and the task queue are around it: load, decide,
// append, run effects; but in memory, in virtual time, and with faults. Every decision is checked against the invariants.
import type { Command, NoOp } from '../../src/core/command.ts'
import { type Decision, decide } from '../../src/core/decide.ts'
import type { Effect } from '../../src/core/effect.ts'
import { NO_PAYLOADS } from '../../src/core/payload.ts'
import { planReplay } from '../../src/core/plan-replay.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import { nextWakeAt } from '../../src/core/timers.ts'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { BRINGS_RESULT } from '../../src/execution/decide-now.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { EPOCH_START, failure, identity } from '../support/run.ts'
import { checkDecidedAgain } from './decide-again.ts'
import { deepFreeze } from './deep-freeze.ts'
import { describeCommand } from './describe-command.ts'
import { disturbances } from './disturbances.ts'
import { FakeChildren, type Told } from './fake-children.ts'
import { FakeJournal } from './fake-journal.ts'
import { FakeOutside } from './fake-outside.ts'
import { FakeRunner, type Settlement } from './fake-runner.ts'
import { FakeWorld } from './fake-world.ts'
import type { Faults } from './faults.ts'
import { instancesOf } from './instances.ts'
import { checkStep } from './invariants.ts'
import { Mailbox } from './mailbox.ts'
import { randomReplay } from './random-replay.ts'
import type { RandomWorkflow } from './random-workflow.ts'
import { violation } from './step.ts'

/** When a transition stopped at its step limit and nothing else goes on: as the Execution object does. */
const SECOND_TRY_MS = 30_000
/** Far above what such graphs can take with five attempts per node and as many faults. */
const MAX_STEPS = 10_000
const MAX_EPOCHS = 3
const RECOVER = { type: 'recover', by: 'sim' } as const
const PARENT = { executionId: 'fedcba9876543210', epoch: 1, node: 'call', failures: 0 }

/** What is on its way: a command to the execution, an attempt to its Runner, or a child's end to come. */
type Message =
  | Command
  | { readonly type: 'perform'; readonly task: AttemptTask }
  | { readonly type: 'end_child'; readonly id: string }

export class FakeShell {
  readonly workflow: RandomWorkflow
  readonly journal = new FakeJournal()
  readonly runner: FakeRunner
  readonly noOps = new Map<NoOp, number>()
  /** Commands and faults in order, for a failure's report. */
  readonly schedule: string[] = []
  now = EPOCH_START
  steps = 0
  readonly #faults: Faults
  readonly children: FakeChildren
  readonly #outside: FakeOutside
  readonly #mail = new Mailbox<Message>()
  #alarmAt: number | null = null
  /** Memory: thrown away by crash and eviction. */
  #state: ExecutionState | null = null
  #continueDue = false
  readonly #given = new Set<string>()

  constructor(workflow: RandomWorkflow, seed: number, faults: Faults) {
    this.workflow = workflow
    this.#faults = faults
    this.children = new FakeChildren(seed)
    this.#outside = new FakeOutside(workflow, seed, faults.random)
    this.runner = new FakeRunner(new FakeWorld(seed), this.children, faults, (what) => this.#note(what))
  }

  /** Runs the execution to its end and drains what is still on its way. Answers the final state. */
  run(): ExecutionState {
    if (this.#faults.strikes('before_start')) this.#send(this.#outside.unknownSignal())
    this.#post(0, this.#startCommand())
    const { random } = this.#faults
    if (this.workflow.family === 'free') {
      if (this.#faults.strikes('cancel')) this.#post(random.int(1, 100_000), { type: 'cancel', by: 'sim', reason: null })
      if (this.#faults.strikes('set_timeout'))
        this.#post(random.int(1, 50_000), { type: 'set_timeout', by: 'sim', seconds: random.pick([1, 20, 3600, null]) })
    }
    return this.#drain()
  }

  /** Lets an execution that has ended go on, as often as chance has it. */
  goOn(): void {
    const { random } = this.#faults
    for (let times = 0; times < MAX_EPOCHS; times += 1) {
      const command = this.#faults.strikes('recover') ? this.#recover() : this.#faults.strikes('replay') ? this.#replay() : null
      if (command === null) return
      this.#post(random.int(0, 100_000), command)
      this.#drain()
    }
  }

  /** By hand, or by a parent that goes on itself. */
  #recover(): Command {
    const { parent } = this.#must().identity
    return parent === undefined || this.#faults.random.chance(0.5)
      ? RECOVER
      : { type: 'adopt', parent: { ...parent, epoch: parent.epoch + 1 } }
  }

  #replay(): Command | null {
    const state = this.#must()
    const planning = planReplay(state, randomReplay(this.#faults.random, state), nodeTypes)
    return 'plan' in planning ? { type: 'replay', by: 'sim', plan: planning.plan } : null
  }

  #drain(): ExecutionState {
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
    const nextAt = this.#mail.nextAt()
    const { decided } = this.journal
    const isOpen = decided === null || decided.phase.status === 'open'
    if (nextAt === null && decided !== null && this.#askOutside(decided)) return true
    if (isOpen && this.#alarmAt !== null && (nextAt === null || this.#alarmAt <= nextAt)) {
      this.#ring(this.#alarmAt)
      return true
    }
    const message = this.#mail.take()
    if (message === null) {
      if (isOpen) throw violation('no-execution-is-stuck', 'open, with no alarm and nothing on its way')
      return false
    }
    this.now = Math.max(this.now, nextAt ?? 0)
    if (message.type === 'perform') this.#perform(message.task)
    else if (message.type === 'end_child') this.#tell(this.children.end(message.id))
    else this.#deliver(message)
    return true
  }

  /** Where nothing is on its way: what the execution waits for comes, sometimes only when its alarm has nothing left either. */
  #askOutside(state: ExecutionState): boolean {
    if (state.phase.status === 'open' && this.#alarmAt !== null && this.#faults.random.chance(0.5)) return false
    const ends = this.children.whatIsWaitedFor(state)
    const wanted: readonly Command[] = state.phase.status === 'open' ? this.#outside.whatIsWaitedFor(state) : []
    const resume: readonly Command[] = state.paused === null ? [] : [{ type: 'resume', by: 'sim' }]
    const commands = [...ends, ...wanted, ...resume]
    for (const command of commands) this.#post(this.#faults.random.int(0, 5_000), command)
    return commands.length > 0
  }

  #deliver(command: Command): void {
    const answer = this.#send(command)
    const { random } = this.#faults
    // Whoever got no answer asks again.
    if (answer === 'crashed' && (ASKS_AGAIN.has(command.type) || this.journal.decided === null))
      this.#post(random.int(0, 2_000), command)
    if (answer === 'crashed') return
    if (command.type === 'claim' && answer === null) this.#perform(attemptTask(this.#must(), command.node))
    if (command.type === 'settle') this.#settled(command, answer)
    if (command.type === 'child_ended') this.children.heard(command)
    if (command.type === 'approve' && answer === null && this.#faults.strikes('conflicting_answer'))
      this.#post(random.int(0, 9_000), this.#outside.otherAnswer(command))
    if (command.type === 'settle_task' && answer === null && this.#faults.strikes('conflicting_answer'))
      this.#post(random.int(0, 9_000), this.#outside.otherWork(command))
  }

  #settled(command: Settlement, answer: NoOp | null): void {
    const { result, node } = command
    if (answer !== null) {
      // A child that was started for an attempt which does not count any more: nobody else knows of it.
      if (result.kind === 'child' && !this.children.mayBeAwaited(this.#must(), command, result.executionId))
        this.#tell(this.children.cancel(result.executionId, command.epoch))
      return
    }
    this.runner.accepted.set(node, (this.runner.accepted.get(node) ?? 0) + 1)
    if (result.kind !== 'child' && this.#faults.strikes('conflicting_settlement'))
      this.#post(this.#faults.random.int(0, 5_000), { ...command, result: other(result) })
  }

  #tell(told: Told | null): void {
    if (told === null) return
    const { random } = this.#faults
    this.#post(this.#faults.strikes('late_child_end') ? random.int(60_000, 600_000) : random.int(0, 100), told)
    if (this.#faults.strikes('repeated_child_end')) this.#post(random.int(0, 90_000), told)
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
    for (const told of state === null ? [] : this.children.cancelOrphans(state)) this.#tell(told)
  }

  /** Load, decide, append, act; as the object does. Answers why nothing changed, or `crashed` where the caller got no answer. */
  #send(command: Command): NoOp | 'crashed' | null {
    this.steps += 1
    this.schedule.push(`${this.now - EPOCH_START} ${describeCommand(command)}`)
    const before = this.#load()
    const nodesBefore = new Map(before === null ? [] : instancesOf(before).map(({ path, state }) => [path, state]))
    const iterationsBefore = new Map(before?.iterations)
    const isAlone = BRINGS_RESULT.has(command.type) && this.#faults.strikes('payloads_down')
    const decision = decide(before, deepFreeze(command), this.now, nodeTypes, NO_PAYLOADS, isAlone)
    const continueDue = this.#isContinueDue(command, decision)
    const { workflow, now } = this
    if (command.type === 'replay') for (const path of Object.keys(command.plan.outputs)) this.#given.add(path)
    checkStep({ workflow, given: this.#given, before, nodesBefore, iterationsBefore, command, decision, now, continueDue })
    if (this.#faults.random.chance(0.2)) checkDecidedAgain(this.journal.replica, command, this.now, decision, isAlone)
    if (this.#isLostBefore(command, decision)) return 'crashed'
    if (decision.noOp !== null || decision.state === null) {
      if (decision.noOp !== null) this.noOps.set(decision.noOp, (this.noOps.get(decision.noOp) ?? 0) + 1)
      return decision.noOp
    }
    this.#continueDue = continueDue
    this.journal.append(decision.events, decision.state, this.now)
    if (this.#faults.random.chance(0.15)) this.journal.keepSnapshot()
    this.#state = decision.state
    if (decision.effects.some(({ type }) => type === 'continue')) this.#arm(this.now + SECOND_TRY_MS)
    this.#armFor(decision.state)
    return this.#act(command, decision, decision.state)
  }

  #isContinueDue(command: Command, { effects, noOp }: Decision): boolean {
    const stopped = effects.some(({ type }) => type === 'continue')
    return stopped || (this.#continueDue && (noOp !== null || !GOES_ON.has(command.type)))
  }

  #isLostBefore(command: Command, { noOp }: Decision): boolean {
    const loses = noOp === null && (command.type === 'settle' || command.type === 'claim') ? [command.node] : []
    if (!this.#faults.strikesAttempts('crash_before_append', loses)) return false
    this.#note('crash_before_append')
    this.#state = null
    return true
  }

  #act(command: Command, { effects }: Decision, state: ExecutionState): 'crashed' | null {
    const nodes = effects.flatMap((effect) => ('node' in effect ? [effect.node] : []))
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
    if (effect.type === 'child.cancel') {
      if (this.#faults.strikes('drop_child_cancel')) return
      this.#tell(this.children.cancel(effect.executionId, state.epoch))
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
      else this.#enqueue({ type: 'claim', epoch: state.epoch, node, attempt })
    }
  }

  #enqueue(command: Extract<Command, { readonly type: 'claim' }>): void {
    const { random } = this.#faults
    const isLate = this.#faults.strikesAttempts('late_pickup', [command.node])
    this.#post(isLate ? random.int(300_000, 900_000) : random.int(10, 60_000), command)
    if (this.#faults.strikes('duplicate_claim')) this.#post(random.int(10, 90_000), command)
  }

  #perform(task: AttemptTask): void {
    const { settlements, child } = this.runner.perform(task)
    for (const { delay, command } of settlements) this.#post(delay, command)
    if (child === null) return
    if (this.#faults.strikes('early_child_end')) this.#post(0, { type: 'end_child', id: child.id })
    else if (child.endsIn !== null) this.#post(child.endsIn, { type: 'end_child', id: child.id })
  }

  /** Commands that are out of place, of any moment. */
  #disturb(): void {
    if (this.journal.decided === null) return
    for (const command of disturbances(this.#faults, this.#outside, this.#startCommand(), () => this.#must())) {
      this.#send(command)
      if (command.type === 'pause') this.#post(this.#faults.random.int(1, 200_000), { type: 'resume', by: 'sim' })
    }
  }

  #startCommand(): Command {
    const { definition, inputs } = this.workflow
    return { type: 'start', identity: identity({ parent: PARENT }), definition, inputs }
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
    this.#mail.post(this.now + delay, deepFreeze(message))
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

/** What is sent until it is answered. */
const ASKS_AGAIN: ReadonlySet<Command['type']> = new Set([
  'signal',
  'approve',
  'settle_task',
  'child_ended',
  'resume',
  'recover',
  'replay',
  'adopt',
  'set_timeout',
])

/** Commands after which nothing is left that may go on. */
const GOES_ON: ReadonlySet<Command['type']> = new Set(['wake', 'resume', 'set_timeout', 'recover', 'replay'])

const other = (result: Settlement['result']): Settlement['result'] =>
  result.kind === 'completed'
    ? failure({ code: 'HTTP_STATUS', status: 418, retryable: false })
    : { kind: 'completed', output: 'other' }
