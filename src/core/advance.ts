// Carries an execution on until nothing inline is left to do: wave after wave of nodes whose joins have decided.
import { nodesOnlyLeadingTo } from './cancel-rest.ts'
import { containBugs } from './contain-bugs.ts'
import { isSettled } from './edges.ts'
import type { GraphNode } from './graph.ts'
import { judgeJoin } from './join.ts'
import { jsonLength } from './json.ts'
import { MAX_FINAL_OUTPUT_CHARACTERS } from './limits.ts'
import { type NodeError, nodeError } from './node-error.ts'
import { finalOutput } from './result.ts'
import { runNode } from './run-node.ts'
import type { Transition } from './transition.ts'

/** Goes on from nodes that have changed (their targets are judged), then ends the execution where it has come to its end. */
export function advance(transition: Transition, changed: Iterable<GraphNode>): void {
  advanceFrom(transition, targetsOf(transition, changed))
}

/** As `advance`, but judges these nodes themselves. */
export function advanceFrom(transition: Transition, candidates: readonly GraphNode[]): void {
  let wave = candidates
  while (wave.length > 0 && transition.failure === null) {
    const settled = runWave(transition, wave)
    if (settled === null) return
    wave = targetsOf(transition, settled)
  }
  finish(transition)
}

/** Judges a wave as one, then runs it in definition order. Answers the nodes it dealt with; null where the transition has made its steps. */
function runWave(transition: Transition, wave: readonly GraphNode[]): readonly GraphNode[] | null {
  const judged = wave
    .filter((node) => transition.nodeState(node.id).status === 'pending')
    .map((node) => ({ node, verdict: judgeJoin(transition.draft, node, transition.wasSettledBefore) }))
  const touched: GraphNode[] = []
  for (const { node, verdict } of judged) {
    // A join of this wave may have cancelled the node; after a failure nothing new is given out.
    if (verdict.kind === 'open' || transition.nodeState(node.id).status !== 'pending') continue
    if (transition.failure !== null && node.type.kind === 'handed_off') continue
    if (!transition.step()) return transition.failure === null ? null : touched
    if (node.definition.cancel_rest === true) cancelRest(transition, node)
    if (verdict.kind === 'skip') transition.emit({ type: 'node.skipped', node: node.id })
    else containBugs(transition, node, () => runNode(transition, node, verdict.takenEdges))
    touched.push(node)
  }
  return touched
}

/** Ends what only leads into a join that has decided. */
function cancelRest(transition: Transition, join: GraphNode): void {
  for (const node of nodesOnlyLeadingTo(transition.draft.graph, join)) endUnsettled(transition, node)
}

/** An unfinished node that has begun is cancelled, one that has not is skipped. */
function endUnsettled(transition: Transition, node: GraphNode): void {
  const state = transition.nodeState(node.id)
  if (!isSettled(state)) transition.emit({ type: state.status === 'pending' ? 'node.skipped' : 'node.cancelled', node: node.id })
}

/** Distinct targets of the nodes' edges, in definition order. */
function targetsOf(transition: Transition, nodes: Iterable<GraphNode>): readonly GraphNode[] {
  const targets = new Set<GraphNode>()
  for (const node of nodes) {
    if (!isSettled(transition.nodeState(node.id))) continue
    for (const edge of node.outgoing) targets.add(transition.node(edge.to))
  }
  return [...targets].sort((a, b) => a.index - b.index)
}

function finish(transition: Transition): void {
  if (transition.failure !== null) {
    endExecution(transition, { type: 'execution.failed', error: transition.failure.error, node: transition.failure.node })
    return
  }
  for (const node of transition.draft.nodes.values()) if (!isSettled(node)) return
  const output = finalOutput(transition.draft)
  if (jsonLength(output, MAX_FINAL_OUTPUT_CHARACTERS) <= MAX_FINAL_OUTPUT_CHARACTERS) {
    transition.emit({ type: 'execution.completed', output })
    return
  }
  const message = `the output of an execution is at most ${MAX_FINAL_OUTPUT_CHARACTERS} characters of JSON`
  transition.emit({ type: 'execution.failed', error: nodeError('OUTPUT_TOO_LARGE', message), node: null })
}

type Ending =
  | { readonly type: 'execution.failed'; readonly error: NodeError; readonly node: string | null }
  | { readonly type: 'execution.cancelled'; readonly by: string; readonly reason: string | null }

/** Ends every unfinished node, then the execution. */
export function endExecution(transition: Transition, ending: Ending): void {
  for (const node of transition.draft.graph.nodes.values())
    if (!isSettled(transition.nodeState(node.id))) endUnsettled(transition, node)
  transition.emit(ending)
}
