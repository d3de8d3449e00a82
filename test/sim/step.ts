// One decision as the invariants see it, and the words in which they complain.
import type { Command } from '../../src/core/command.ts'
import type { Decision } from '../../src/core/decide.ts'
import type { ExecutionEvent } from '../../src/core/event.ts'
import type { GraphNode } from '../../src/core/graph.ts'
import type { ExecutionState, NodeState } from '../../src/core/state.ts'
import type { RandomWorkflow } from './random-workflow.ts'

export interface Step {
  readonly workflow: RandomWorkflow
  readonly before: ExecutionState | null
  /** The nodes of `before`, copied before the decision. */
  readonly nodesBefore: readonly (readonly [string, NodeState])[]
  readonly command: Command
  readonly decision: Decision
  readonly now: number
  /** A transition has stopped at its step limit, and no wake has gone on since. */
  readonly continueDue: boolean
}

export interface CheckedStep extends Step {
  /** The state decided. */
  readonly after: ExecutionState
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

export const statusOf = (state: ExecutionState | null, id: string): string => state?.nodes.get(id)?.status ?? 'pending'

export const graphNode = (state: ExecutionState, id: string): GraphNode => {
  const node = state.graph.nodes.get(id)
  if (node === undefined) throw violation('events-name-known-nodes', id)
  return node
}
