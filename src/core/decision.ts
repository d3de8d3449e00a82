// What a command comes to. Made by the files that decide one kind of command each.
import type { NoOp } from './command.ts'
import { forkState, sealDraft } from './draft.ts'
import type { Effect } from './effect.ts'
import type { ExecutionEvent } from './event.ts'
import { findInstance, stateOf } from './instance.ts'
import type { ExecutionState } from './state.ts'
import { type Moment, Transition } from './transition.ts'

export interface Decision {
  readonly events: readonly ExecutionEvent[]
  readonly effects: readonly Effect[]
  /** The state with the events applied; the given one is untouched. Null where nothing was ever started. */
  readonly state: ExecutionState | null
  /** Why nothing happened, where nothing did. */
  readonly noOp: NoOp | null
  /** What was thrown inside and failed a node: bugs, for the log. */
  readonly bugs: readonly unknown[]
}

export type { Moment }

export const ignored = (state: ExecutionState | null, noOp: NoOp): Decision => ({
  events: [],
  effects: [],
  state,
  noOp,
  bugs: [],
})

/** One transition over a copy of the state; without events, `otherwise` says why. */
export function transact(
  state: ExecutionState,
  moment: Moment,
  change: (transition: Transition) => void,
  otherwise: NoOp = 'NOTHING_DUE',
): Decision {
  const transition = new Transition(forkState(state), moment)
  change(transition)
  return transition.events.length === 0 ? ignored(state, otherwise) : decided(transition, state.orphans)
}

export function decided({ draft, events, effects, bugs }: Transition, orphansBefore: readonly string[] = []): Decision {
  const state = sealDraft(draft)
  const orphans = state.orphans.filter((id) => !orphansBefore.includes(id))
  return {
    events,
    effects: [
      ...effects.filter((effect) => isStillWanted(state, effect)),
      ...orphans.map((executionId): Effect => ({ type: 'child.cancel', executionId })),
    ],
    state,
    noOp: null,
    bugs,
  }
}

/** What a transition gives out and then ends itself, by a failure, a join or the deadline, must not be performed. */
function isStillWanted(state: ExecutionState, effect: Effect): boolean {
  if (effect.type === 'continue') return state.phase.status === 'open' && state.paused === null
  if (effect.type === 'child.cancel') return true
  const instance = findInstance(state, effect.node)
  const node = instance === undefined ? undefined : stateOf(state, instance)
  return node?.status === 'running' && node.attempt === effect.attempt
}
