// Joins as the specification has them (§4), said a second time: sources vote taken, dead or open; a join decides once, as soon as
// its outcome cannot change.
import type { GraphEdge, GraphNode } from '../../src/core/graph.ts'
import type { ExecutionState, GraphRun } from '../../src/core/state.ts'
import { type Instance, isOver, isRunOver, shapeOf } from './instances.ts'
import { judgeTree } from './random-join.ts'
import type { RandomWorkflow } from './random-workflow.ts'

/** Whether a settled source took this edge. */
export function isTaken(run: GraphRun, edge: GraphEdge): boolean {
  const source = run.nodes.get(edge.from)
  if (source?.status !== 'completed' && source?.status !== 'failed') return false
  return source.ports.includes(edge.port) && !source.deadEdges.includes(edge.index)
}

/** A source's vote: taken if any of its edges is; null while it is open. */
const voteOf = (run: GraphRun, node: GraphNode, source: string): boolean | null =>
  isOver(run.nodes.get(source)) ? node.incoming.some((edge) => edge.from === source && isTaken(run, edge)) : null

/** Whether the node runs: true, false, or null as long as that can still change. */
function judge({ joins }: RandomWorkflow, { run, node, path }: Instance): boolean | null {
  const join = node.definition.join ?? 'all'
  const votes = node.sources.map((source) => voteOf(run, node, source))
  const taken = votes.filter((vote) => vote === true).length
  const open = votes.filter((vote) => vote === null).length
  if (join === 'all') return node.sources.length === 0 ? true : open > 0 ? null : taken > 0
  if ('count' in join) return taken >= join.count ? true : taken + open < join.count ? false : null
  const tree = joins.get(shapeOf(path))
  if (tree === undefined) throw new Error(`no tree for the join of ${path}`)
  return judgeTree(tree, (source) => voteOf(run, node, source))
}

interface JoinQuestion {
  readonly workflow: RandomWorkflow
  readonly state: ExecutionState
  readonly instance: Instance
  /** Nodes may wait although their joins have decided: paused, or at the step limit. */
  readonly mayWait: boolean
}

/** What is wrong between a node's state and its join, or null. */
export function brokenJoin({ workflow, state, instance, mayWait }: JoinQuestion): string | null {
  const { state: own, path, iteration, run } = instance
  const verdict = judge(workflow, instance)
  const isEnded = isRunOver(state, iteration)
  if (own.status === 'pending')
    return verdict !== null && !isEnded && !mayWait ? `${path} is pending, its join says ${verdict}` : null
  if (own.status === 'skipped' && verdict !== false)
    return isEnded || isCutOff(workflow, state, instance) ? null : `${path} is skipped, its join says ${verdict}`
  // After a failure that was taken back, sources of a join that has decided may be under way again.
  if (own.status !== 'skipped' && verdict !== true && !(verdict === null && state.epoch > 1))
    return `${path} is ${own.status}, its join says ${verdict}`
  const left = [...(workflow.rests.get(shapeOf(path)) ?? [])].filter(
    (shape) => !isOver(run.nodes.get(shape.slice(shape.lastIndexOf('.') + 1))),
  )
  if (left.length > 0) return `${path} has decided and left ${left.join(', ')}`
  return 'takenEdges' in own ? miscount(instance, own.takenEdges) : null
}

/** A join that counts receives from exactly as many sources. */
function miscount({ path, node, run }: Instance, taken: readonly number[]): string | null {
  const join = node.definition.join ?? 'all'
  if (join === 'all' || !('count' in join)) return null
  const sources = new Set(taken.map((index) => run.graph.edges[index]?.from))
  return sources.size === join.count ? null : `${path} counts ${join.count} sources, and received from ${sources.size}`
}

/** Nodes may be skipped against their join where a join that has decided needs them no more; they stay so where that one runs again. */
function isCutOff({ rests }: RandomWorkflow, { epoch }: ExecutionState, { path, run, iteration }: Instance): boolean {
  const prefix = iteration === '' ? '' : `${shapeOf(iteration)}.`
  return [...run.nodes].some(
    ([id, { status }]) => (status !== 'pending' || epoch > 1) && rests.get(prefix + id)?.has(shapeOf(path)) === true,
  )
}
