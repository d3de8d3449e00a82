// What of a finished execution did not come to an end of its own: what failed and took the execution with it, what was cancelled, and
// what was skipped only because of that. `recover` and `replay` run it again, so that the execution can end.
import { nodesOnlyLeadingTo } from './cancel-rest.ts'
import { type GraphNode, mustNode } from './graph.ts'
import { findRun, iterationPath, nodePath } from './instance.ts'
import { judgeJoin } from './join.ts'
import type { ExecutionState, GraphRun, Loop, NodeState } from './state.ts'

export interface Unfinished {
  /** Paths of nodes that run again. */
  readonly nodes: Set<string>
  /** Loops and iterations that go on as they are: none of the nodes in them has to run again. */
  readonly reopened: Set<string>
}

export const nothingUnfinished = (): Unfinished => ({ nodes: new Set(), reopened: new Set() })

/** Collects what is unfinished in a run of a graph and in the loops of it. */
export function collectUnfinished(state: ExecutionState, iteration: string, into: Unfinished): void {
  const run = findRun(state, iteration)
  if (run === undefined) return
  for (const id of unfinishedIds(run)) {
    const path = nodePath(iteration, id)
    const node = mustNode(run.nodes, id)
    const loop = 'loop' in node ? node.loop : null
    if (loop === null) into.nodes.add(path)
    else if (!collectIterations(state, path, loop, into)) into.reopened.add(path)
  }
}

/** What a loop that goes on has to run again of its iterations: those that were cancelled, and those whose failure was its own. */
export function collectIterations(state: ExecutionState, owner: string, loop: Loop, into: Unfinished): boolean {
  const fails = loop.kind === 'while' || loop.onItemError === 'fail'
  let found = false
  for (let index = 0; index < loop.started; index += 1) {
    const path = iterationPath(owner, index)
    const phase = state.iterations.get(path)?.phase
    if (phase !== 'cancelled' && (phase !== 'failed' || !fails)) continue
    found = true
    const before = into.nodes.size + into.reopened.size
    collectUnfinished(state, path, into)
    // All in it had ended, only it had not.
    if (into.nodes.size + into.reopened.size === before) into.reopened.add(path)
  }
  return found
}

/** Ids of a run's own nodes, in definition order. */
function unfinishedIds(run: GraphRun): readonly string[] {
  const { graph } = run
  const served = servedBy(run, ({ id }) => 'takenEdges' in mustNode(run.nodes, id))
  const found = new Set<string>()
  for (const { id } of graph.nodes.values()) if (hasNoEnd(mustNode(run.nodes, id), served.has(id))) found.add(id)
  const skipped = takeOutSkipped(run, found)
  for (const id of servedBy(run, (join) => skipped.has(join.id))) if (!isFailure(mustNode(run.nodes, id))) found.delete(id)
  return [...found]
}

/** The failure that went up to the execution or to the loop around. */
const isFailure = (node: NodeState): boolean => node.status === 'failed' && node.route === 'execution'

function hasNoEnd(node: NodeState, isServed: boolean): boolean {
  switch (node.status) {
    case 'completed':
      return false
    case 'failed':
      return isFailure(node)
    default:
      return !isServed
  }
}

/** Nodes that only led into a join with `cancel_rest` which has decided: they are not wanted any more. */
function servedBy({ graph }: GraphRun, hasDecided: (join: GraphNode) => boolean): ReadonlySet<string> {
  const served = new Set<string>()
  for (const join of graph.nodes.values())
    if (join.definition.cancel_rest === true && hasDecided(join))
      for (const { id } of nodesOnlyLeadingTo(graph, join)) served.add(id)
  return served
}

/** Takes out of `found` what its own join has skipped, and would skip again whatever becomes of the others. Answers these. */
function takeOutSkipped(run: GraphRun, found: Set<string>): ReadonlySet<string> {
  const nodes = new Map(run.nodes)
  for (const id of found) nodes.set(id, { status: 'pending' })
  const skipped = new Set<string>()
  const queue = [...found]
  for (const id of queue) {
    const state = mustNode(run.nodes, id)
    const node = mustNode(run.graph.nodes, id)
    if (state.status !== 'skipped' || !found.has(id) || judgeJoin({ nodes }, node, () => true).kind !== 'skip') continue
    nodes.set(id, state)
    found.delete(id)
    skipped.add(id)
    queue.push(...node.outgoing.map((edge) => edge.to).filter((to) => found.has(to)))
  }
  return skipped
}
