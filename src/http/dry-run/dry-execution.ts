// One execution of a dry run: the core of every execution, driven in memory and in virtual time. The clock stands where it is while
// anything can happen, then moves to what is due next. Children are executions of the same kind, which run to their end at once.
import type { ChildEnd, Command } from '../../core/command.ts'
import { decide } from '../../core/decide.ts'
import type { WorkflowDefinition } from '../../core/definition.ts'
import type { Effect } from '../../core/effect.ts'
import { type Enclosing, EVENT_FORMAT, type ExecutionEvent, type ExecutionIdentity, type JournalEntry } from '../../core/event.ts'
import { findInstance, mustInstance, type NodeInstance, stateOf } from '../../core/instance.ts'
import { isJsonAbove, type JsonObject } from '../../core/json.ts'
import { MAX_OUTPUT_BYTES } from '../../core/limits.ts'
import type { AttemptResult, NodeTypes } from '../../core/node-type.ts'
import type { ExecutionState } from '../../core/state.ts'
import { nextWakeAt } from '../../core/timers.ts'
import { attemptTask } from '../../execution/attempt-task.ts'
import { childEnd } from '../../execution/child-end.ts'
import { logError } from '../../observability/log-error.ts'
import { keepOutput } from '../../runner/keep-output.ts'
import { answerAttempt } from './dry-attempt.ts'
import type { DryFamily } from './dry-family.ts'
import { dryNodeTypes, type SimulatedBy } from './dry-node-types.ts'
import { readGivenAnswer } from './given-answer.ts'
import type { Mocks } from './mocks.ts'
import type { Place } from './place.ts'

export interface DryOrder {
  readonly identity: ExecutionIdentity
  readonly definition: WorkflowDefinition
  readonly inputs: JsonObject
  readonly enclosing?: Enclosing
  readonly startAt?: number
}

interface Mail {
  readonly at: number
  readonly command: Command
}

export class DryExecution {
  readonly place: Place
  readonly mocks: Mocks
  readonly entries: JournalEntry[] = []
  /** Who answered for a node, by path. */
  readonly simulated = new Map<string, SimulatedBy>()
  /** The rendered configs of handed-off nodes, by path. */
  readonly configs = new Map<string, JsonObject>()
  /** Executions that a node has started, by its path; the last one counts. */
  readonly children = new Map<string, DryExecution[]>()
  /** Whether the answer shows more of it than its end. */
  isShown = true
  /** The virtual present, ms since the epoch. */
  now: number
  readonly #family: DryFamily
  readonly #order: DryOrder
  readonly #nodeTypes: NodeTypes
  readonly #effects: Effect[] = []
  readonly #mail: Mail[] = []
  #state: ExecutionState | null = null

  constructor(family: DryFamily, order: DryOrder, at: { readonly now: number; readonly place: Place; readonly mocks: Mocks }) {
    this.#family = family
    this.#order = order
    this.now = at.now
    this.place = at.place
    this.mocks = at.mocks
    this.#nodeTypes = dryNodeTypes(family.nodeTypes, {
      take: ({ node, path }) => this.mocks.take(node, this.place.local(path)),
      note: (path, by, madeUp) => {
        this.simulated.set(path, by)
        if (madeUp !== undefined) family.madeUp.note(madeUp, this.place.name(path))
      },
    })
  }

  get state(): ExecutionState {
    if (this.#state === null) throw new Error('the dry run was not started')
    return this.#state
  }

  /** @throws ApiError `EXECUTION_TIMEOUT` past what a dry run may take */
  async run(): Promise<void> {
    this.#send({ type: 'start', ...this.#order })
    while (this.state.phase.status === 'open') {
      await this.#family.budget.breathe()
      const effect = this.#effects.shift()
      if (effect === undefined) this.#deliverNext()
      else await this.#perform(effect)
    }
  }

  /** What comes first; the clock moves there. */
  #deliverNext(): void {
    const [mail] = this.#mail.sort((a, b) => a.at - b.at)
    const wakeAt = nextWakeAt(this.state)
    if (mail !== undefined && (wakeAt === null || mail.at <= wakeAt)) {
      this.#mail.shift()
      this.#moveTo(mail.at)
      this.#send(mail.command)
      return
    }
    if (wakeAt === null) throw new Error(`dry run of ${this.state.identity.configHash}: open, and nothing is due`)
    this.#moveTo(wakeAt)
    this.#send({ type: 'wake' })
  }

  #moveTo(moment: number): void {
    this.now = Math.max(this.now, moment)
  }

  #send(command: Command): void {
    const { budget, payloads, madeUp } = this.#family
    const { events, effects, state, bugs } = decide(
      this.#state,
      command,
      this.now,
      this.#nodeTypes,
      payloads.loaded,
      false,
      madeUp.by,
    )
    for (const bug of bugs) logError('dry_run.bug', bug, {})
    budget.spendTransition(events.length)
    const last = this.entries.at(-1)
    const firstSeq = last === undefined ? 1 : last.firstSeq + last.events.length
    if (events.length > 0) this.entries.push({ format: EVENT_FORMAT, firstSeq, at: this.now, events })
    this.#state = state
    this.#effects.push(...effects)
    for (const event of events) this.#notice(event)
  }

  #notice(event: ExecutionEvent): void {
    if (event.type === 'node.started' && event.config !== undefined) this.configs.set(event.node, event.config)
    if (event.type === 'node.waiting' && event.on?.kind === 'approval') this.#approve(event.node)
  }

  #approve(path: string): void {
    const { definition } = mustInstance(this.state, path).node
    const given = this.mocks.take(definition, this.place.local(path))
    if (given === null || 'error' in given) return
    const answer = readGivenAnswer(given.output, definition.config.form)
    if ('problem' in answer) return
    this.simulated.set(path, given.by)
    const { epoch } = this.state
    this.#mail.push({ at: this.now, command: { type: 'approve', epoch, node: path, answer: { ...answer, via: 'key' } } })
  }

  async #perform(effect: Effect): Promise<void> {
    switch (effect.type) {
      case 'continue':
        this.#send({ type: 'wake' })
        return
      case 'child.cancel':
        // It has run to its end already; what it tells is not heard.
        return
      case 'node.run':
      case 'node.enqueue': {
        const instance = findInstance(this.state, effect.node)
        const node = instance === undefined ? undefined : stateOf(this.state, instance)
        // Something that was settled since may have cancelled it.
        if (instance !== undefined && node?.status === 'running' && node.attempt === effect.attempt)
          await this.#runAttempt(instance, effect.attempt)
      }
    }
  }

  async #runAttempt({ path, node: { type, definition } }: NodeInstance, attempt: number): Promise<void> {
    const { budget, payloads, madeUp, runCode } = this.#family
    if (type.kind !== 'handed_off') throw new Error(`no attempt is made of ${path}`)
    const task = attemptTask(this.state, path)
    const name = this.place.name(path)
    const given = type.internal === true ? null : this.mocks.take(definition, this.place.local(path))
    const reach = {
      runCode,
      startChild: this.#family.childStarter(this, task),
      startShard: this.#family.shardStarter(this, task),
    }
    const { result, by } = await answerAttempt(type, task, { given, name, reach })
    if (by !== null) this.simulated.set(path, by)
    else {
      // An attempt before it may have been.
      this.simulated.delete(path)
      await this.#runChild(path)
    }
    const kept = result.kind === 'completed' ? await keepOutput(result, async (text) => payloads.store(text)) : result
    if (kept.kind === 'completed') {
      for (const { size } of kept.payloads ?? []) budget.keep(size)
      if (by === 'synthetic') madeUp.note(kept.output, name)
    }
    this.#settle(path, attempt, kept)
  }

  /** What the attempt has started, to its end. */
  async #runChild(node: string): Promise<void> {
    const { budget } = this.#family
    await budget.look()
    const child = this.children.get(node)?.at(-1)
    if (child === undefined || child.#state !== null) return
    await child.run()
    child.isShown = await this.#family.mayView(child)
    budget.keep(child.state.keptCharacters)
  }

  #settle(node: string, attempt: number, result: AttemptResult): void {
    this.#send({ type: 'settle', epoch: this.state.epoch, node, attempt, result })
    const child = this.children.get(node)?.at(-1)
    if (result.kind === 'child' && child !== undefined) this.#awaitEnd(child)
  }

  /** The child has run; its parent hears of the end when the clock is there. */
  #awaitEnd(child: DryExecution): void {
    const { executionId, parent } = child.state.identity
    const end = childEnd(child.state)
    if (parent === undefined || end === null) return
    this.#mail.push({ at: child.now, command: { type: 'child_ended', parent, executionId, end: this.#kept(child, end) } })
  }

  /** A child of several ends may give more than a node's event may hold; a shard gives a part of a list, which is bounded with it. */
  #kept(child: DryExecution, end: ChildEnd): ChildEnd {
    if (child.state.identity.shard === true || end.status !== 'completed' || end.payloads !== undefined) return end
    if (!isJsonAbove(end.output, MAX_OUTPUT_BYTES)) return end
    const stored = this.#family.payloads.store(JSON.stringify(end.output))
    this.#family.budget.keep(stored.size)
    return { status: 'completed', output: stored, payloads: [stored] }
  }
}
