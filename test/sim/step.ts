// One decision as the invariants see it, and the words in which they complain.
import type { Command } from '../../src/core/command.ts'
import type { Decision } from '../../src/core/decide.ts'
import type { ExecutionEvent } from '../../src/core/event.ts'
import type { GraphNode } from '../../src/core/graph.ts'
import type { ExecutionState, IterationState, NodeState } from '../../src/core/state.ts'
import { type Instance, nodeAt } from './instances.ts'
import type { RandomWorkflow } from './random-workflow.ts'

export interface Step {
  readonly workflow: RandomWorkflow
  readonly before: ExecutionState | null
  /** Nodes and iterations of `before` by path, copied before the decision. */
  readonly nodesBefore: ReadonlyMap<string, NodeState>
  readonly iterationsBefore: ReadonlyMap<string, IterationState>
  readonly command: Command
  readonly decision: Decision
  readonly now: number
  /** Paths of nodes that a replay has given an output, instead of what they would have done. */
  readonly given: ReadonlySet<string>
  /** A transition has stopped at its step limit, and no wake has gone on since. */
  readonly continueDue: boolean
}

export interface CheckedStep extends Step {
  /** The state decided. */
  readonly after: ExecutionState
  readonly instances: readonly Instance[]
  /** Those that are not the very ones of `before`, apart from those that were given what they give. */
  readonly changed: readonly Instance[]
}

/** Answers what is broken, or null. */
export type Invariant = (step: CheckedStep) => string | null

export const violation = (invariant: string, detail: string): Error => new Error(`${invariant}: ${detail}`)

/** The first complaint about any of the items. */
export function first<T>(items: Iterable<T>, complaint: (item: T) => string | null): string | null {
  for (const item of items) {
    const broken = complaint(item)
    if (broken !== null) return broken
  }
  return null
}

export const nodeEvents = (step: Pick<Step, 'decision'>) =>
  step.decision.events.filter((event) => event.type.startsWith('node.')) as NodeEvent[] // By their name.
export type NodeEvent = Extract<ExecutionEvent, { readonly node: string; readonly type: `node.${string}` }>

/** The node of that path in the definition. */
export const graphNode = (state: ExecutionState, path: string): GraphNode => {
  const node = nodeAt(state.graph, path)
  if (node === undefined) throw violation('events-name-known-nodes', path)
  return node
}

/** The first complaint about any instance that this decision has changed. */
export const firstChanged = (step: CheckedStep, complaint: (instance: Instance) => string | null): string | null =>
  first(step.changed, complaint)

/** Whether a finished execution begins another epoch with this. */
export const isRerun = ({ events }: Decision): boolean =>
  events.some(({ type }) => type === 'execution.recovered' || type === 'execution.replayed')

/** Whether all that can go on has done so: it is open, neither paused nor stopped at its step limit. */
export const isGoingOn = ({ after, continueDue }: CheckedStep): boolean =>
  after.phase.status === 'open' && after.paused === null && !continueDue
