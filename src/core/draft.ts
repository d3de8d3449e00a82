// A state that its holder may write. Only its containers are its own: the values in them are shared and never written.
// `apply.ts` and what it calls are its only writers.
import { isSettled } from './edges.ts'
import type { Graph } from './graph.ts'
import { type NodeInstance, stateOf } from './instance.ts'
import type { Json } from './json.ts'
import { keptBy } from './kept-characters.ts'
import type { NodeFailure } from './node-error.ts'
import type { ExecutionState, IterationState, NodeState } from './state.ts'

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

interface RunContainers {
  nodes: Map<string, NodeState>
  outputs: Record<string, Json>
  path: string[]
}

type RunDraft = Writable<Pick<ExecutionState, 'unsettled' | 'failure'>> & RunContainers

export type IterationDraft = Writable<IterationState> & RunContainers

export type Draft = Writable<ExecutionState> &
  RunContainers & {
    iterations: Map<string, IterationState>
    errors: { readonly node: string; readonly error: NodeFailure; readonly at: number }[]
    /** Iterations that were copied for this draft, and may be written. */
    owned: Map<string, IterationDraft>
  }

export const forkState = (state: ExecutionState): Draft => ({
  ...state,
  nodes: new Map(state.nodes),
  outputs: { ...state.outputs },
  path: [...state.path],
  iterations: new Map(state.iterations),
  errors: [...state.errors],
  owned: new Map(),
})

/** The state that a draft has become; the draft must not be written any more. */
export function sealDraft(draft: Draft): ExecutionState {
  const { owned: _owned, ...state } = draft
  return state
}

/** All nodes of a graph before any of them has begun. */
export const pendingNodes = (graph: Graph): Map<string, NodeState> =>
  new Map(Array.from(graph.nodes.keys(), (id): [string, NodeState] => [id, { status: 'pending' }]))

/** The run of that path, to be written. */
const ownRun = (draft: Draft, iteration: string): RunDraft => (iteration === '' ? draft : ownIteration(draft, iteration))

export function ownIteration(draft: Draft, path: string): IterationDraft {
  const owned = draft.owned.get(path)
  if (owned !== undefined) return owned
  const shared = draft.iterations.get(path)
  if (shared === undefined) throw new Error(`state: no iteration ${path}`)
  const copy: IterationDraft = {
    ...shared,
    nodes: new Map(shared.nodes),
    outputs: { ...shared.outputs },
    path: [...shared.path],
  }
  putIteration(draft, path, copy)
  return copy
}

export function putIteration(draft: Draft, path: string, iteration: IterationDraft): void {
  draft.iterations.set(path, iteration)
  draft.owned.set(path, iteration)
}

export function setNode(draft: Draft, { iteration, node }: NodeInstance, state: NodeState): RunDraft {
  const run = ownRun(draft, iteration)
  const before = run.nodes.get(node.id)
  if (before !== undefined && mayHaveStored(before, state)) draft.mayHaveStrays = true
  run.unsettled += Number(before !== undefined && isSettled(before)) - Number(isSettled(state))
  draft.keptCharacters += keptBy(state) - (before === undefined ? 0 : keptBy(before))
  run.nodes.set(node.id, state)
  return run
}

/** Whether an attempt, or a child on its end, may have put an output outside that no event tells of. */
function mayHaveStored(before: NodeState, next: NodeState): boolean {
  const isUnderWay = before.status === 'running' || (before.status === 'waiting' && before.on.kind === 'child')
  const isLost = next.status === 'retrying' && next.error.code === 'INTERRUPTED'
  return isUnderWay && (isLost || next.status === 'cancelled' || next.status === 'failed')
}

/** The state of the loop at an instance that iterates. */
export function loopAt(draft: Draft, instance: NodeInstance): Extract<NodeState, { readonly status: 'iterating' }> {
  const state = stateOf(draft, instance)
  if (state.status !== 'iterating') throw new Error(`state: ${instance.path} is ${state.status}, not iterating`)
  return state
}
