// One transition under way: a draft of the state, the events so far and the effects. Every event is applied as it is emitted, so
// that what follows sees it. Made and used by `decide` alone.
import { applyEvent, type Draft } from './apply.ts'
import type { Effect } from './effect.ts'
import type { ExecutionEvent } from './event.ts'
import { type GraphNode, mustNode } from './graph.ts'
import { jsonLength } from './json.ts'
import { MAX_CHARACTERS_PER_TRANSITION, MAX_STEPS_PER_TRANSITION } from './limits.ts'
import type { NodeError } from './node-error.ts'
import type { NodeState } from './state.ts'

export class Transition {
  readonly draft: Draft
  readonly now: number
  readonly events: ExecutionEvent[]
  readonly effects: Effect[] = []
  /** The first failure that no error edge and no `continue` took; it ends the execution when the wave is over. */
  failure: { readonly node: string; readonly error: NodeError } | null = null
  /** What was thrown that nothing should throw, for the shell to report. */
  readonly bugs: unknown[] = []
  #steps = 0
  #characters = 0
  readonly #settledBefore: ReadonlySet<string>

  constructor(draft: Draft, now: number, events: readonly ExecutionEvent[] = []) {
    this.draft = draft
    this.now = now
    this.events = [...events]
    this.#settledBefore = new Set(draft.path)
  }

  /** Counts a node step; false once the transition has done as much as one may, which the next one then goes on with. */
  step(): boolean {
    this.#steps += 1
    if (this.#steps <= MAX_STEPS_PER_TRANSITION && this.#characters <= MAX_CHARACTERS_PER_TRANSITION) return true
    if (this.effects.every(({ type }) => type !== 'continue')) this.effects.push({ type: 'continue' })
    return false
  }

  emit(event: ExecutionEvent): void {
    this.events.push(event)
    this.#characters += jsonLength(event)
    applyEvent(this.draft, event, this.now)
  }

  node(id: string): GraphNode {
    return mustNode(this.draft.graph.nodes, id)
  }

  nodeState(id: string): NodeState {
    return mustNode(this.draft.nodes, id)
  }

  /** Whether the source was settled before this transaction: those count first in a join. */
  readonly wasSettledBefore = (source: string): boolean => this.#settledBefore.has(source)
}
