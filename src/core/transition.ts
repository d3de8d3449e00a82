// One transition under way: a draft of the state, the events so far and the effects. Every event is applied as it is emitted, so
// that what follows sees it. Made and used by `decide` alone.
import { applyEvent } from './apply.ts'
import type { Draft } from './draft.ts'
import type { Effect } from './effect.ts'
import type { ExecutionEvent } from './event.ts'
import type { MadeUpBy } from './expression-evaluation.ts'
import { iterationsAround, mustInstance, mustRun, type NodeInstance, stateOf } from './instance.ts'
import { jsonLength } from './json.ts'
import { MAX_CHARACTERS_PER_TRANSITION, MAX_EXPRESSION_STEPS_PER_TRANSITION, MAX_STEPS_PER_TRANSITION } from './limits.ts'
import type { NodeTypes } from './node-type.ts'
import { type LoadedPayloads, NO_PAYLOADS } from './payload.ts'
import { TransitionPayloads } from './payload-reader.ts'
import type { GraphRun, NodeState } from './state.ts'

/** What deciding takes besides the command. */
export interface Moment {
  /** Milliseconds since the epoch; becomes the moment of the events. */
  readonly now: number
  readonly nodeTypes: NodeTypes
  readonly payloads?: LoadedPayloads
  /** What follows from the command is left to the next `wake`. */
  readonly isAlone?: boolean
  readonly madeUpBy?: MadeUpBy | undefined
}

export class Transition {
  readonly draft: Draft
  readonly now: number
  readonly nodeTypes: NodeTypes
  readonly isAlone: boolean
  readonly madeUpBy: MadeUpBy | undefined
  readonly events: ExecutionEvent[]
  readonly effects: Effect[] = []
  readonly payloads: TransitionPayloads
  /** What was thrown that nothing should throw, for the shell to report. */
  readonly bugs: unknown[] = []
  /** Steps of all expressions so far. */
  readonly spent = { steps: 0 }
  #steps = 0
  #characters = 0
  readonly #settledNow = new Set<string>()

  constructor(
    draft: Draft,
    { now, nodeTypes, payloads = NO_PAYLOADS, isAlone = false, madeUpBy }: Moment,
    events: readonly ExecutionEvent[] = [],
  ) {
    this.draft = draft
    this.now = now
    this.nodeTypes = nodeTypes
    this.isAlone = isAlone
    this.madeUpBy = madeUpBy
    this.payloads = new TransitionPayloads(draft.payloads, payloads)
    this.events = [...events]
  }

  /** Counts a node step; false once the transition has done as much as one may, which the next one then goes on with. */
  step(): boolean {
    this.#steps += 1
    return this.hasRoom()
  }

  /** The same without a node step. */
  hasRoom(): boolean {
    const isWithin =
      this.#steps <= MAX_STEPS_PER_TRANSITION &&
      this.#characters <= MAX_CHARACTERS_PER_TRANSITION &&
      this.spent.steps <= MAX_EXPRESSION_STEPS_PER_TRANSITION
    if (isWithin && !this.payloads.isFull) return true
    this.continueLater()
    return false
  }

  /** What is left is for the next transition. */
  continueLater(): void {
    if (this.effects.every(({ type }) => type !== 'continue')) this.effects.push({ type: 'continue' })
  }

  emit(event: ExecutionEvent): void {
    this.events.push(event)
    this.#characters += jsonLength(event)
    applyEvent(this.draft, event, this.now, this.nodeTypes)
    if (SETTLING.has(event.type) && 'node' in event && event.node !== null) this.#settledNow.add(event.node)
  }

  instance(path: string): NodeInstance {
    return mustInstance(this.draft, path)
  }

  run(iteration: string): GraphRun {
    return mustRun(this.draft, iteration)
  }

  nodeState(instance: NodeInstance): NodeState {
    return stateOf(this.draft, instance)
  }

  /** Whether a settled node was so before this transaction: those count first in a join. */
  wasSettledBefore(path: string): boolean {
    return !this.#settledNow.has(path)
  }

  /** Whether the execution, or an iteration around this place, is about to end with a failure. */
  isFailing(iteration: string): boolean {
    if (this.draft.failure !== null) return true
    for (const around of iterationsAround(this.draft, iteration)) if (around.failure !== null) return true
    return false
  }
}

const SETTLING: ReadonlySet<string> = new Set(['node.completed', 'node.failed', 'node.skipped', 'node.cancelled'])
