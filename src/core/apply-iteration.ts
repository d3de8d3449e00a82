// How the events of loops and their iterations change state. Called by `apply.ts` alone.
import { type Draft, type IterationDraft, loopAt, ownIteration, pendingNodes, putIteration, setNode } from './draft.ts'
import { isSettled } from './edges.ts'
import type { ExecutionEvent } from './event.ts'
import type { Graph, GraphNode } from './graph.ts'
import { enclosingOf, instanceOf, iterationPath, mustInstance, mustIteration, type NodeInstance, nodePath } from './instance.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { finalOutput } from './result.ts'
import type { Attempts, ExecutionState, Loop, NodeState } from './state.ts'

type IterationEvent = Extract<ExecutionEvent, { readonly type: `iteration.${string}` }>

export function applyIterationEvent(draft: Draft, event: IterationEvent, at: number): void {
  const owner = mustInstance(draft, event.node)
  const path = iterationPath(event.node, event.index)
  switch (event.type) {
    case 'iteration.started':
      beginIteration(draft, owner, event.index, at)
      return
    case 'iteration.completed': {
      const iteration = endIteration(draft, path, 'completed', at)
      advanceLoop(draft, owner, ({ kind, state, completed }) => ({
        completed: completed + 1,
        state: kind === 'while' ? finalOutput(iteration) : state,
      }))
      return
    }
    case 'iteration.failed': {
      endIteration(draft, path, 'failed', at)
      const failure = { index: event.index, node: event.failedNode, error: event.error }
      advanceLoop(draft, owner, (loop) => ({ failed: loop.failed + 1, failure: loop.failure ?? failure }))
      return
    }
    case 'iteration.cancelled':
      endIteration(draft, path, 'cancelled', at)
      advanceLoop(draft, owner, ({ cancelled }) => ({ cancelled: cancelled + 1 }))
  }
}

function advanceLoop(draft: Draft, owner: NodeInstance, change: (loop: Loop) => Partial<Loop>): void {
  const state = loopAt(draft, owner)
  // The change never touches the plan, which says of which kind the loop is.
  setNode(draft, owner, { ...state, loop: { ...state.loop, ...change(state.loop) } as Loop })
}

function beginIteration(draft: Draft, owner: NodeInstance, index: number, at: number): void {
  const path = iterationPath(owner.path, index)
  const { loop } = loopAt(draft, owner)
  const graph = iterationGraph(owner.node, loop)
  if (graph === null) throw new Error(`state: ${owner.path} has no body`)
  const variables = loop.kind === 'each' ? variablesIn(draft, owner.iteration) : null
  const iteration: IterationDraft = {
    owner: owner.path,
    index,
    isShard: graph !== owner.node.body,
    graph,
    nodes: pendingNodes(graph),
    unsettled: graph.nodes.size,
    failure: null,
    outputs: {},
    path: [],
    variables,
    variablesBefore: variables,
    phase: 'open',
    startedAt: at,
    endedAt: null,
  }
  draft.instances += graph.nodes.size
  putIteration(draft, path, iteration)
  advanceLoop(draft, owner, ({ started }) => ({ started: Math.max(started, index + 1) }))
}

/** What one iteration runs: the body, or the node that has a shard done. */
export const iterationGraph = (owner: GraphNode, loop: Loop): Graph | null =>
  loop.kind === 'each' && loop.shardSize !== undefined ? owner.shards : owner.body

/** How many iterations a for-each has. */
export const iterationCount = ({ items, shardSize = 1 }: Extract<Loop, { readonly kind: 'each' }>): number =>
  Math.ceil(items.length / shardSize)

/** How many items an iteration stands for: one, or those of its shard, of which the last may have fewer. */
export const itemsIn = ({ items, shardSize }: Extract<Loop, { readonly kind: 'each' }>, index: number): number =>
  shardSize === undefined ? 1 : Math.min(shardSize, items.length - index * shardSize)

/** What of it is not settled is cancelled or skipped. */
function endIteration(draft: Draft, path: string, phase: IterationDraft['phase'], at: number): IterationDraft {
  cancelNodesOf(draft, path, at)
  const iteration = ownIteration(draft, path)
  iteration.phase = phase
  iteration.endedAt = at
  return iteration
}

function cancelNodesOf(draft: Draft, path: string, at: number): void {
  const { graph, nodes } = ownIteration(draft, path)
  for (const node of graph.nodes.values()) {
    const state = nodes.get(node.id)
    if (state === undefined || isSettled(state)) continue
    const instance = instanceOf(path, node)
    setNode(draft, instance, state.status === 'pending' ? { status: 'skipped', completedAt: at } : cancelled(draft, instance, at))
  }
}

/** The state of a node that has begun and is ended from outside, with all that runs inside it. */
export function cancelled(draft: Draft, { path, iteration, node }: NodeInstance, at: number): NodeState {
  const before = (iteration === '' ? draft : ownIteration(draft, iteration)).nodes.get(node.id)
  const loop = before?.status === 'iterating' ? endIterationsOf(draft, path, before.loop, at) : null
  letGoOfChild(draft, before)
  const begun = before !== undefined && 'takenEdges' in before ? before : { startedAt: at, takenEdges: [] }
  return {
    status: 'cancelled',
    startedAt: begun.startedAt,
    takenEdges: begun.takenEdges,
    completedAt: at,
    attempt: before === undefined ? 0 : attemptsOf(before).attempt,
    loop,
    ...(before?.status === 'waiting' && before.on.kind === 'child' && { child: before.on.executionId }),
  }
}

/** A child that nobody waits for any more has to be cancelled, unless it has told its end. */
export function letGoOfChild(draft: Draft, node: NodeState | undefined): void {
  if (node?.status !== 'waiting' || node.on.kind !== 'child' || node.on.ended === true) return
  draft.orphans = [...draft.orphans, node.on.executionId]
  draft.orphanEpochs = { ...draft.orphanEpochs, [node.on.executionId]: draft.epoch }
}

/** It has ended, or is waited for again. */
export function forgetOrphan(draft: Draft, child: string): void {
  if (!draft.orphans.includes(child)) return
  draft.orphans = draft.orphans.filter((id) => id !== child)
  const { [child]: _, ...others } = draft.orphanEpochs
  draft.orphanEpochs = others
}

function endIterationsOf(draft: Draft, owner: string, loop: Loop, at: number): Loop {
  let ended = 0
  for (const { path } of openIterationsOf(draft, owner, loop)) {
    endIteration(draft, path, 'cancelled', at)
    ended += 1
  }
  return { ...loop, cancelled: loop.cancelled + ended }
}

/** The iterations of a loop that have begun and not ended. */
export function* openIterationsOf(
  state: Pick<ExecutionState, 'iterations'>,
  owner: string,
  { started }: Loop,
): Iterable<{ readonly path: string; readonly index: number }> {
  for (let index = 0; index < started; index += 1) {
    const path = iterationPath(owner, index)
    if (state.iterations.get(path)?.phase === 'open') yield { path, index }
  }
}

/** Attempts so far; none for a node that has made none. */
export const attemptsOf = (node: NodeState): Attempts =>
  'interruptions' in node
    ? { attempt: node.attempt, failures: node.failures, interruptions: node.interruptions }
    : { attempt: 0, failures: 0, interruptions: 0 }

type Runs = Pick<ExecutionState, 'variables' | 'iterations'>

/** The variables that a run sees: its own copy, else those of the enclosing ones. */
export function variablesIn(state: Runs, iteration: string): JsonObject {
  const owner = ownerOfVariables(state, iteration)
  return owner === '' ? state.variables : (mustIteration(state, owner).variables ?? {})
}

/** Path of the iteration whose variables a run sees; empty: those of the execution. */
export const ownerOfVariables = (state: Runs, iteration: string): string => {
  let path = iteration
  while (path !== '' && mustIteration(state, path).variables === null) path = enclosingOf(state, path)
  return path
}

export function assignVariables(draft: Draft, iteration: string, assign: JsonObject): void {
  const owner = ownerOfVariables(draft, iteration)
  const run = owner === '' ? draft : ownIteration(draft, owner)
  run.variables = { ...run.variables, ...assign }
}

/** What a loop gives so far: a for-each the results in the order of its items, null or nothing for those that failed; a `loop` its state. */
export function loopOutput(state: Pick<ExecutionState, 'iterations'>, owner: string, loop: Loop): Json {
  if (loop.kind === 'while') return loop.state
  const isSharded = loop.shardSize !== undefined
  if (loop.collect === false) return isSharded ? sumOfShards(state, owner, loop) : countsOf(loop)
  const results: Json[] = []
  for (let index = 0; index < iterationCount(loop); index += 1) {
    const iteration = state.iterations.get(iterationPath(owner, index))
    if (iteration?.phase === 'completed') {
      const result = finalOutput(iteration)
      if (isSharded && Array.isArray(result)) for (const item of result) results.push(item)
      else results.push(result)
    } else if (loop.onItemError !== 'drop') for (let item = 0; item < itemsIn(loop, index); item += 1) results.push(null)
  }
  return results
}

type EachLoop = Extract<Loop, { readonly kind: 'each' }>

const countsOf = ({ items, completed, failed }: EachLoop): JsonObject => ({ total: items.length, completed, failed })

/** Each shard gives the counts of its items; of one that failed as a whole, all of them have failed. */
function sumOfShards(state: Pick<ExecutionState, 'iterations'>, owner: string, loop: EachLoop): JsonObject {
  let completed = 0
  let failed = 0
  for (let index = 0; index < iterationCount(loop); index += 1) {
    const iteration = state.iterations.get(iterationPath(owner, index))
    const counts = iteration?.phase === 'completed' ? finalOutput(iteration) : null
    completed += isJsonObject(counts) ? Number(counts.completed) : 0
    failed += isJsonObject(counts) ? Number(counts.failed) : itemsIn(loop, index)
  }
  return { total: loop.items.length, completed, failed }
}

/** What the roots of an iteration's body receive: the item, or the loop's state as it was when the round began. */
export function givenTo(state: ExecutionState, iteration: string): Json {
  const { owner, index } = mustIteration(state, iteration)
  const ownerState = ownerLoop(state, owner)
  if (ownerState.kind === 'each') return ownerState.items[index] ?? null
  const before = index === 0 ? undefined : state.iterations.get(iterationPath(owner, index - 1))
  return before === undefined ? ownerState.initial : finalOutput(before)
}

function ownerLoop(state: ExecutionState, owner: string): Loop {
  const { iteration, node } = mustInstance(state, owner)
  const run = iteration === '' ? state : mustIteration(state, iteration)
  const ownerState = run.nodes.get(node.id)
  const loop = ownerState !== undefined && 'loop' in ownerState ? ownerState.loop : null
  if (loop === null) throw new Error(`state: ${nodePath(iteration, node.id)} is no loop`)
  return loop
}
