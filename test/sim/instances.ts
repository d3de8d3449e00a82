// Node instances as the simulation counts them: every node of the execution and of every iteration. Said without the engine's own
// walks and names.
import type { Graph, GraphNode } from '../../src/core/graph.ts'
import type { ExecutionState, GraphRun, IterationState, NodeState } from '../../src/core/state.ts'

export interface Instance {
  /** `fetch`, `each[3].fetch`. */
  readonly path: string
  /** `each[3]`; empty at the top level. */
  readonly iteration: string
  readonly run: GraphRun
  readonly node: GraphNode
  readonly state: NodeState
}

/** The runs of graphs in a state, the execution first. */
export const runsOf = (state: ExecutionState): readonly (readonly [string, GraphRun])[] => [['', state], ...state.iterations]

export const instancesOf = (state: ExecutionState): readonly Instance[] =>
  runsOf(state).flatMap(([iteration, run]) =>
    [...run.nodes].flatMap(([id, nodeState]) => {
      const node = run.graph.nodes.get(id)
      const path = iteration === '' ? id : `${iteration}.${id}`
      return node === undefined ? [] : [{ path, iteration, run, node, state: nodeState }]
    }),
  )

/** The place of a path in the definition: without the numbers of iterations. */
export const shapeOf = (path: string): string => path.replace(/\[\d+\]/g, '')

/** The iteration of a node's path; empty at the top level. */
export const iterationOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('.'), 0))

export const idOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1)

/** The loop and the number of an iteration's path. */
export function ownerOf(iteration: string): { readonly owner: string; readonly index: number } {
  const bracket = iteration.lastIndexOf('[')
  return { owner: iteration.slice(0, bracket), index: Number(iteration.slice(bracket + 1, -1)) }
}

/** The iterations around a path, from the innermost. */
export function around(path: string): readonly string[] {
  const found: string[] = []
  for (let at = iterationOf(path); at !== ''; at = iterationOf(ownerOf(at).owner)) found.push(at)
  return found
}

/** Whether a path lies in an iteration of that loop. */
export const isInside = (path: string, loop: string): boolean => path.startsWith(`${loop}[`)

/** The graph in which a node of that shape stands. */
export function graphAround(graph: Graph, shape: string): Graph | undefined {
  const dot = shape.indexOf('.')
  if (dot < 0) return graph
  const body = graph.nodes.get(shape.slice(0, dot))?.body ?? undefined
  return body === undefined ? undefined : graphAround(body, shape.slice(dot + 1))
}

export const nodeAt = (graph: Graph, path: string): GraphNode | undefined =>
  graphAround(graph, shapeOf(path))?.nodes.get(idOf(path))

export const isOver = (node: NodeState | undefined): boolean =>
  node !== undefined && ['completed', 'failed', 'skipped', 'cancelled'].includes(node.status)

/** The iterations of a loop in order, those that were forgotten left out. */
export const iterationsOf = (state: ExecutionState, owner: string): readonly (readonly [string, IterationState])[] =>
  [...state.iterations].filter(([, iteration]) => iteration.owner === owner).sort(([, a], [, b]) => a.index - b.index)

/** Whether the run has ended: the execution, or the iteration. */
export const isRunOver = (state: ExecutionState, iteration: string): boolean =>
  state.phase.status !== 'open' || (iteration !== '' && state.iterations.get(iteration)?.phase !== 'open')
