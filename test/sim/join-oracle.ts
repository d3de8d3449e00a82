// Joins as the specification has them (§4), said a second time: sources vote taken, dead or open; a join decides once, as soon as
// its outcome cannot change.
import type { GraphEdge, GraphNode } from '../../src/core/graph.ts'
import type { ExecutionState, NodeState } from '../../src/core/state.ts'
import { judgeTree } from './random-join.ts'
import type { RandomWorkflow } from './random-workflow.ts'

export const isOver = (node: NodeState | undefined): boolean =>
  node !== undefined && ['completed', 'failed', 'skipped', 'cancelled'].includes(node.status)

/** Whether a settled source took this edge. */
export function isTaken(state: ExecutionState, edge: GraphEdge): boolean {
  const source = state.nodes.get(edge.from)
  if (source?.status !== 'completed' && source?.status !== 'failed') return false
  return source.ports.includes(edge.port) && !source.deadEdges.includes(edge.index)
}

/** A source's vote: taken if any of its edges is; null while it is open. */
const voteOf = (state: ExecutionState, node: GraphNode, source: string): boolean | null =>
  isOver(state.nodes.get(source)) ? node.incoming.some((edge) => edge.from === source && isTaken(state, edge)) : null

/** Whether the node runs: true, false, or null as long as that can still change. */
function judge({ joins }: RandomWorkflow, state: ExecutionState, node: GraphNode): boolean | null {
  const join = node.definition.join ?? 'all'
  const votes = node.sources.map((source) => voteOf(state, node, source))
  const taken = votes.filter((vote) => vote === true).length
  const open = votes.filter((vote) => vote === null).length
  if (join === 'all') return node.sources.length === 0 ? true : open > 0 ? null : taken > 0
  if ('count' in join) return taken >= join.count ? true : taken + open < join.count ? false : null
  const tree = joins.get(node.id)
  if (tree === undefined) throw new Error(`no tree for the join of ${node.id}`)
  return judgeTree(tree, (source) => voteOf(state, node, source))
}

interface JoinQuestion {
  readonly workflow: RandomWorkflow
  readonly state: ExecutionState
  readonly node: GraphNode
  readonly continueDue: boolean
}

/** What is wrong between a node's state and its join, or null. */
export function brokenJoin({ workflow, state, node, continueDue }: JoinQuestion): string | null {
  const own = state.nodes.get(node.id)
  const verdict = judge(workflow, state, node)
  if (own === undefined || own.status === 'pending')
    return verdict !== null && state.phase.status === 'open' && !continueDue
      ? `${node.id} is pending, its join says ${verdict}`
      : null
  if (own.status === 'skipped' && verdict !== false)
    return mayBeCutOff(workflow, state, node.id) ? null : `${node.id} is skipped, its join says ${verdict}`
  if (own.status !== 'skipped' && verdict !== true) return `${node.id} is ${own.status}, its join says ${verdict}`
  const left = [...(workflow.rests.get(node.id) ?? [])].filter((id) => !isOver(state.nodes.get(id)))
  if (left.length > 0) return `${node.id} has decided and left ${left.join(', ')}`
  return 'takenEdges' in own ? miscount(state, node, own.takenEdges) : null
}

/** A join that counts receives from exactly as many sources. */
function miscount(state: ExecutionState, node: GraphNode, taken: readonly number[]): string | null {
  const join = node.definition.join ?? 'all'
  if (join === 'all' || !('count' in join)) return null
  const sources = new Set(taken.map((index) => state.graph.edges[index]?.from))
  return sources.size === join.count ? null : `${node.id} counts ${join.count} sources, and received from ${sources.size}`
}

/** Nodes may be skipped against their join where the execution ended early, or a join that has decided needs them no more. */
const mayBeCutOff = ({ rests }: RandomWorkflow, state: ExecutionState, id: string): boolean =>
  state.phase.status === 'failed' ||
  state.phase.status === 'cancelled' ||
  [...rests].some(([join, rest]) => rest.has(id) && (state.nodes.get(join)?.status ?? 'pending') !== 'pending')
