// Node instances and how they are named. A node of the top level is `fetch`; inside a loop every iteration has its own instances,
// `each[3].fetch`. What stands before the last dot is the iteration; ids have no dots.
import type { GraphNode } from './graph.ts'
import { mustNode } from './graph.ts'
import type { ExecutionState, GraphRun, IterationState, NodeState } from './state.ts'

export interface NodeInstance {
  readonly path: string
  /** Path of the iteration that it belongs to; empty at the top level. */
  readonly iteration: string
  readonly node: GraphNode
}

export const nodePath = (iteration: string, id: string): string => (iteration === '' ? id : `${iteration}.${id}`)

export const iterationPath = (owner: string, index: number): string => `${owner}[${index}]`

/** The iteration and the id that a path names. */
export function splitPath(path: string): { readonly iteration: string; readonly id: string } {
  const dot = path.lastIndexOf('.')
  return { iteration: path.slice(0, Math.max(dot, 0)), id: path.slice(dot + 1) }
}

type Runs = GraphRun & Pick<ExecutionState, 'iterations'>

/** The execution itself, or one of its iterations; undefined where there is none of that path. */
export const findRun = (state: Runs, iteration: string): GraphRun | undefined =>
  iteration === '' ? state : state.iterations.get(iteration)

export function mustRun(state: Runs, iteration: string): GraphRun {
  const run = findRun(state, iteration)
  if (run === undefined) throw new Error(`state: no iteration ${iteration}`)
  return run
}

export function mustIteration(state: Pick<ExecutionState, 'iterations'>, path: string): IterationState {
  return mustNode(state.iterations, path)
}

/** The instance of that path; undefined where the execution has none (yet). */
export function findInstance(state: Runs, path: string): NodeInstance | undefined {
  const { iteration, id } = splitPath(path)
  const node = findRun(state, iteration)?.graph.nodes.get(id)
  // `.fetch` is no other name of `fetch`.
  return node === undefined || path !== nodePath(iteration, id) ? undefined : { path, iteration, node }
}

export function mustInstance(state: Runs, path: string): NodeInstance {
  const instance = findInstance(state, path)
  if (instance === undefined) throw new Error(`state: no node ${path}`)
  return instance
}

export const instanceOf = (iteration: string, node: GraphNode): NodeInstance => ({
  path: nodePath(iteration, node.id),
  iteration,
  node,
})

export const stateOf = (state: Runs, { iteration, node }: NodeInstance): NodeState =>
  mustNode(mustRun(state, iteration).nodes, node.id)

/** The iteration around this one; empty for the top level. */
export const enclosingOf = (state: Pick<ExecutionState, 'iterations'>, iteration: string): string =>
  splitPath(mustIteration(state, iteration).owner).iteration

/** From an iteration outwards, without the top level. */
export function* iterationsAround(state: Pick<ExecutionState, 'iterations'>, iteration: string): Iterable<IterationState> {
  for (let path = iteration; path !== ''; path = enclosingOf(state, path)) yield mustIteration(state, path)
}

/** The execution and all its iterations. */
export const allRuns = (state: Runs): readonly GraphRun[] => [state, ...state.iterations.values()]

/** Whether a path is that of a node or iteration, or of something inside it. */
export const isWithin = (path: string, outer: string): boolean =>
  path.startsWith(outer) && (path.length === outer.length || path[outer.length] === '.' || path[outer.length] === '[')

/** The runs of graphs that have something unsettled, the execution first. */
export function* openRuns(state: Runs): Iterable<{ readonly iteration: string; readonly run: GraphRun }> {
  if (state.unsettled > 0) yield { iteration: '', run: state }
  for (const [iteration, run] of state.iterations) if (run.unsettled > 0) yield { iteration, run }
}
