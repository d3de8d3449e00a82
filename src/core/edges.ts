// What became of an edge. It is derived from its source, so it is never stored and cannot disagree.
import type { GraphEdge, GraphNode } from './graph.ts'
import { mustNode } from './graph.ts'
import type { GraphRun, NodeState } from './state.ts'

export type EdgeState = 'open' | 'taken' | 'dead'

/** An edge is open until its source is settled; a skipped or cancelled source's edges are all dead. */
export function edgeState(state: Pick<GraphRun, 'nodes'>, edge: GraphEdge): EdgeState {
  const source = mustNode(state.nodes, edge.from)
  switch (source.status) {
    case 'completed':
    case 'failed':
      return source.ports.includes(edge.port) && !source.deadEdges.includes(edge.index) ? 'taken' : 'dead'
    case 'skipped':
    case 'cancelled':
      return 'dead'
    default:
      return 'open'
  }
}

/** Indexes of the node's in-edges that are taken now, in definition order. */
export const takenEdges = (state: Pick<GraphRun, 'nodes'>, node: GraphNode): readonly number[] =>
  node.incoming.filter((edge) => edgeState(state, edge) === 'taken').map((edge) => edge.index)

/** True for a node that will not change any more in this epoch. */
export const isSettled = (node: NodeState): boolean =>
  node.status === 'completed' || node.status === 'failed' || node.status === 'skipped' || node.status === 'cancelled'
