// Carries an execution on until nothing inline is left to do: wave after wave of nodes whose joins have decided, at the top level
// and in the iterations of its loops.
import { nodesOnlyLeadingTo } from './cancel-rest.ts'
import { containBugs } from './contain-bugs.ts'
import { isSettled } from './edges.ts'
import { mustNode } from './graph.ts'
import { instanceOf, mustIteration, type NodeInstance, nodePath, openRuns } from './instance.ts'
import { endIterationIfOver, iterate } from './iterate.ts'
import { judgeJoin } from './join.ts'
import { jsonLength } from './json.ts'
import { MAX_FINAL_OUTPUT_CHARACTERS } from './limits.ts'
import { type NodeError, nodeError } from './node-error.ts'
import { finalOutput } from './result.ts'
import { runNode } from './run-node.ts'
import type { Transition } from './transition.ts'

/**
 * Goes on from nodes that have changed (their targets are judged), then ends the execution where it has come to its end; or leaves
 * that to the next transition.
 */
export function advance(transition: Transition, changed: Iterable<NodeInstance>): void {
  if (transition.isAlone) transition.continueLater()
  else advanceFrom(transition, follow(transition, changed))
}

/** Goes on wherever something may: after a transition that stopped at its step limit, a pause, or an end that was taken back. */
export function advanceAll(transition: Transition): void {
  const loops: NodeInstance[] = []
  const pending: NodeInstance[] = []
  for (const { iteration, run } of openRuns(transition.draft))
    for (const node of run.graph.nodes.values()) {
      const { status } = mustNode(run.nodes, node.id)
      if (status === 'iterating') loops.push(instanceOf(iteration, node))
      if (status === 'pending') pending.push(instanceOf(iteration, node))
    }
  const over = [...transition.draft.iterations].flatMap(([path, { phase }]) => (phase === 'open' ? [path] : []))
  // Inner ones first: what ends inside may end what is around it.
  advanceFrom(transition, [...pending, ...followLoops(transition, loops.reverse(), over.reverse())])
}

/** Judges these nodes, then goes on. */
export function advanceFrom(transition: Transition, candidates: readonly NodeInstance[]): void {
  let wave = candidates
  while (wave.length > 0 && transition.draft.failure === null && transition.draft.paused === null) {
    const settled = runWave(transition, wave)
    if (settled === null) return
    wave = follow(transition, settled)
  }
  finish(transition)
}

/** Judges a wave as one, then runs it in definition order. Answers the nodes it dealt with; null where the transition has made its steps. */
function runWave(transition: Transition, wave: readonly NodeInstance[]): readonly NodeInstance[] | null {
  const judged = wave
    .filter((instance) => transition.nodeState(instance).status === 'pending')
    .map((instance) => ({ instance, verdict: judge(transition, instance) }))
  const touched: NodeInstance[] = []
  for (const { instance, verdict } of judged) {
    const { node, path, iteration } = instance
    // A join of this wave may have cancelled the node; after a failure nothing new is given out.
    if (verdict.kind === 'open' || transition.nodeState(instance).status !== 'pending') continue
    if (node.type.kind === 'handed_off' && transition.isFailing(iteration)) continue
    if (!transition.step()) return transition.draft.failure === null ? null : touched
    if (node.definition.cancel_rest === true) cancelRest(transition, instance)
    if (verdict.kind === 'skip') transition.emit({ type: 'node.skipped', node: path })
    else containBugs(transition, instance, () => runNode(transition, instance, verdict.takenEdges))
    touched.push(instance)
  }
  return touched
}

const judge = (transition: Transition, { iteration, node }: NodeInstance) =>
  judgeJoin(transition.run(iteration), node, (source) => transition.wasSettledBefore(nodePath(iteration, source)))

/** Ends what only leads into a join that has decided. */
function cancelRest(transition: Transition, { iteration, node: join }: NodeInstance): void {
  for (const node of nodesOnlyLeadingTo(transition.run(iteration).graph, join))
    endUnsettled(transition, instanceOf(iteration, node))
}

/** An unfinished node that has begun is cancelled, one that has not is skipped. */
function endUnsettled(transition: Transition, instance: NodeInstance): void {
  const state = transition.nodeState(instance)
  if (!isSettled(state))
    transition.emit({ type: state.status === 'pending' ? 'node.skipped' : 'node.cancelled', node: instance.path })
}

/** What is to be judged after nodes have changed: their targets, and the roots of iterations that begin because of them. */
function follow(transition: Transition, changed: Iterable<NodeInstance>): readonly NodeInstance[] {
  const settled: NodeInstance[] = []
  const loops: NodeInstance[] = []
  for (const instance of changed) {
    const state = transition.nodeState(instance)
    if (isSettled(state)) settled.push(instance)
    if (state.status === 'iterating') loops.push(instance)
  }
  const iterations = new Set(settled.map(({ iteration }) => iteration).filter((path) => path !== ''))
  return [...targetsOf(transition, settled), ...followLoops(transition, loops, iterations)]
}

/** Ends iterations that are over, and carries on these loops and those whose iterations have ended. */
function followLoops(
  transition: Transition,
  loops: readonly NodeInstance[],
  iterations: Iterable<string>,
): readonly NodeInstance[] {
  const ready: NodeInstance[] = []
  const ended = new Map(loops.map((loop) => [loop.path, loop]))
  const open = [...iterations]
  for (let path = open.shift(); path !== undefined || ended.size > 0; path = open.shift()) {
    if (path !== undefined) {
      if (!endIterationIfOver(transition, path)) continue
      const owner = transition.instance(mustIteration(transition.draft, path).owner)
      ended.set(owner.path, owner)
    }
    // All iterations that are over have ended before their loop is asked to go on.
    if (open.length > 0) continue
    const [loop] = ended.values()
    if (loop === undefined) continue
    ended.delete(loop.path)
    ready.push(...iterate(transition, loop))
    if (!isSettled(transition.nodeState(loop))) continue
    ready.push(...targetsOf(transition, [loop]))
    if (loop.iteration !== '') open.push(loop.iteration)
  }
  return ready
}

/** Distinct targets of the nodes' edges, in definition order. */
function targetsOf(transition: Transition, settled: readonly NodeInstance[]): readonly NodeInstance[] {
  const targets = new Map<string, NodeInstance>()
  for (const { iteration, node } of settled)
    for (const edge of node.outgoing) {
      const target = mustNode(transition.run(iteration).graph.nodes, edge.to)
      const path = nodePath(iteration, target.id)
      if (!targets.has(path)) targets.set(path, instanceOf(iteration, target))
    }
  return [...targets.values()].sort((a, b) => a.node.index - b.node.index)
}

function finish(transition: Transition): void {
  const { failure, unsettled } = transition.draft
  if (failure !== null) {
    endExecution(transition, { type: 'execution.failed', error: failure.error, node: failure.node })
    return
  }
  if (unsettled > 0) return
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
  for (const node of transition.draft.graph.nodes.values()) endUnsettled(transition, instanceOf('', node))
  transition.emit(ending)
}
