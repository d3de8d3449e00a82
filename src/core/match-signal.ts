// Which event goes to which node that waits: one that comes is offered to the nodes, a node that begins to wait looks at those that
// came before. Whoever may send events pays for neither: a transition looks only as far as it has room.
import { containBugs } from './contain-bugs.ts'
import { parseExpression } from './expression.ts'
import { ExpressionError } from './expression-error.ts'
import { mustNode } from './graph.ts'
import { instanceOf, type NodeInstance, openRuns } from './instance.ts'
import type { Json, JsonObject } from './json.ts'
import { type NodeRun, prepareRun, takenEdgesOf } from './node-run.ts'
import { completeNode } from './settle-node.ts'
import type { NodeState } from './state.ts'
import type { Transition } from './transition.ts'
import type { WaitsFor } from './waits-for.ts'

type WaitsForEvent = Extract<WaitsFor, { readonly kind: 'event' }>
type WaitingNode = Extract<NodeState, { readonly status: 'waiting' }>
type Candidate = { readonly instance: NodeInstance; readonly state: WaitingNode; readonly on: WaitsForEvent }

/** The node that has waited longest for such an event; null where none does. `no_room`: not all of them could be asked. */
export function findWaiting(transition: Transition, name: string, payload: Json): NodeInstance | 'no_room' | null {
  const waiting = waitingForEvents(transition, ({ event }) => event === name)
  for (const { instance, on } of waiting.sort((a, b) => a.state.sinceSeq - b.state.sinceSeq)) {
    if (!transition.hasRoom()) return 'no_room'
    if (accepts(prepareRun(transition, instance), on, payload)) return instance
  }
  return null
}

/**
 * Gives a node that waits the first event that came before and that it accepts. Where the transition has no room to look at all
 * of them, the node notes how far it has come, and `lookOn` goes on.
 */
export function takeKeptSignal(transition: Transition, run: NodeRun, on: WaitsForEvent, resumeAt: number | null): void {
  let lookedTo = on.lookedTo ?? 0
  for (const { name, payload, seq } of transition.draft.signals) {
    if (name !== on.event || seq <= lookedTo) continue
    if (!transition.hasRoom()) {
      if (lookedTo !== on.lookedTo) wait(transition, run, { ...on, lookedTo }, resumeAt)
      return
    }
    if (accepts(run, on, payload)) {
      transition.emit({ type: 'signal.consumed', node: run.path, signal: seq })
      completeNode(transition, run, { output: payload })
      return
    }
    lookedTo = seq
  }
  if (on.lookedTo === undefined) return
  const { lookedTo: _lookedTo, ...hasLooked } = on
  wait(transition, run, hasLooked, resumeAt)
}

/** Has the nodes go on that have not looked at all events that came before them. */
export function lookOn(transition: Transition): void {
  if (transition.draft.paused !== null) return
  for (const { instance, state, on } of waitingForEvents(transition, ({ lookedTo }) => lookedTo !== undefined)) {
    if (transition.isFailing(instance.iteration)) continue
    if (!transition.hasRoom()) return
    containBugs(transition, instance, () => takeKeptSignal(transition, prepareRun(transition, instance), on, state.resumeAt))
  }
}

function waitingForEvents(transition: Transition, isMeant: (on: WaitsForEvent) => boolean): Candidate[] {
  const found: Candidate[] = []
  for (const { iteration, run } of openRuns(transition.draft))
    for (const [id, state] of run.nodes)
      if (state.status === 'waiting' && state.on.kind === 'event' && isMeant(state.on))
        found.push({ instance: instanceOf(iteration, mustNode(run.graph.nodes, id)), state, on: state.on })
  return found
}

/**
 * Each event has the steps of a node's run to itself, and leaves what the node does next its own. A `match` that fails for a
 * payload does not accept it: what comes from outside must not fail the node that waits.
 */
function accepts({ scope, evaluation }: NodeRun, { match }: WaitsForEvent, payload: Json): boolean {
  if (match === null) return true
  try {
    return parseExpression(match).evaluate({ ...scope, payload }, { ...evaluation, spent: { steps: 0 } }) === true
  } catch (error) {
    if (error instanceof ExpressionError) return false
    throw error
  }
}

/** The node waits, now or still. */
/** Of a task: which attempt it is, and the rendered config where no event has carried it. */
export interface WaitingAttempt {
  readonly attempt: number
  readonly config?: JsonObject
}

export function wait(
  transition: Transition,
  run: NodeRun,
  on: WaitsFor,
  resumeAt: number | null,
  attempt: WaitingAttempt | null = null,
): void {
  transition.emit({
    type: 'node.waiting',
    node: run.path,
    ...(resumeAt === null ? {} : { resumeAt }),
    ...(on.kind === 'timer' ? {} : { on }),
    ...attempt,
    ...takenEdgesOf(run),
  })
}
