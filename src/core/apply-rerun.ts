// How a finished execution goes on in a new epoch: some nodes are taken back to where they had not begun, everything else stays.
// Called by `apply.ts` alone. Paths may name what an earlier one of the same event has taken away with its loop: they are passed over.
import { givenTo, ownerOfVariables } from './apply-iteration.ts'
import { type Draft, type IterationDraft, ownIteration, setNode } from './draft.ts'
import { takenEdges } from './edges.ts'
import type { ExecutionEvent } from './event.ts'
import { compileGraph, mustNode } from './graph.ts'
import { findInstance, iterationPath, mustInstance, mustRun, type NodeInstance, stateOf } from './instance.ts'
import type { Json, JsonObject } from './json.ts'
import { keptBy, keptByAnswer, keptByPlan } from './kept-characters.ts'
import type { NodeTypes } from './node-type.ts'
import type { ExecutionState, GraphRun, Loop, NodeState } from './state.ts'
import { useDefinition } from './use-definition.ts'

type Rerun = Extract<ExecutionEvent, { readonly type: 'execution.recovered' | 'execution.replayed' }>
type Replayed = Extract<Rerun, { readonly type: 'execution.replayed' }>

export function applyRerun(draft: Draft, event: Rerun, at: number, nodeTypes: NodeTypes): void {
  draft.epoch += 1
  draft.epochStartedAt = at
  draft.phase = { status: 'open' }
  draft.clockFrom = at
  draft.failure = null
  draft.runsForCaller = true
  if (event.type === 'execution.replayed') beginReplay(draft, event, nodeTypes)
  const early = answersNotTaken(draft)
  const unfinished = event.type === 'execution.replayed' ? (event.unfinished ?? []) : []
  for (const path of [...event.rerun, ...unfinished]) if (findInstance(draft, path) !== undefined) takeBack(draft, path)
  for (const path of event.reopened ?? []) reopenAsItIs(draft, path)
  if (event.type === 'execution.replayed') keepOtherwise(draft, event, at)
  forgetWhatIsNoMore(draft, early)
  rebuildVariables(draft)
  draft.keptCharacters = countKept(draft)
  draft.instances = [...draft.iterations.values()].reduce((sum, { graph }) => sum + graph.nodes.size, 0)
}

function beginReplay(draft: Draft, event: Replayed, nodeTypes: NodeTypes): void {
  const reruns = { ...draft.reruns }
  for (const path of event.rerun) reruns[path] = (reruns[path] ?? 0) + 1
  draft.reruns = reruns
  if (event.definition === undefined) return
  const { configHash = draft.identity.configHash, version = draft.identity.workflowVersion } = event
  draft.identity = { ...draft.identity, configHash, workflowVersion: version }
  useDefinition(draft, compileGraph(event.definition, nodeTypes))
}

/** The node has not begun; the iterations around it go on. */
function takeBack(draft: Draft, path: string): void {
  const instance = mustInstance(draft, path)
  reopen(draft, instance.iteration)
  removeIterations(draft, path, 0)
  const run = setNode(draft, instance, { status: 'pending' })
  run.path = run.path.filter((id) => id !== instance.node.id)
  delete run.outputs[instance.node.id]
}

/** A loop, or an iteration, that only has to come to its end. */
function reopenAsItIs(draft: Draft, path: string): void {
  if (draft.iterations.has(path)) reopen(draft, path)
  const owner = findInstance(draft, path)
  if (owner === undefined) return
  reopen(draft, owner.iteration)
  resumeLoop(draft, owner, (loop) => ({ ...loop, failure: null }))
}

/** The iteration goes on, and so does all that is around it. */
function reopen(draft: Draft, path: string): void {
  if (path === '') return
  const iteration = ownIteration(draft, path)
  const owner = mustInstance(draft, iteration.owner)
  reopen(draft, owner.iteration)
  iteration.failure = null
  if (iteration.phase === 'open') return
  resumeLoop(draft, owner, (loop) => withReopened(loop, iteration, givenTo(draft, path)))
  // Later rounds follow from this one, and are forgotten.
  if (iteration.variables === null) removeIterations(draft, owner.path, iteration.index + 1)
  iteration.phase = 'open'
  iteration.endedAt = null
}

/** The loop with one of its iterations under way again, which was given this. */
function withReopened(loop: Loop, { phase, index }: IterationDraft, given: Json): Loop {
  if (loop.kind === 'while')
    return { ...loop, started: index + 1, completed: index, failed: 0, cancelled: 0, failure: null, state: given }
  const ended = (of: 'completed' | 'failed' | 'cancelled') => loop[of] - Number(phase === of)
  return { ...loop, completed: ended('completed'), failed: ended('failed'), cancelled: ended('cancelled'), failure: null }
}

function resumeLoop(draft: Draft, owner: NodeInstance, resumed: (loop: Loop) => Loop): void {
  const state = stateOf(draft, owner)
  const loop = 'loop' in state ? state.loop : null
  if (loop === null || !('takenEdges' in state)) throw new Error(`state: ${owner.path} cannot go on, it is ${state.status}`)
  const { startedAt, takenEdges: taken } = state
  const run = setNode(draft, owner, { status: 'iterating', startedAt, takenEdges: taken, loop: resumed(loop) })
  run.path = run.path.filter((id) => id !== owner.node.id)
  delete run.outputs[owner.node.id]
}

/** Forgets the iterations of a loop from an index on, and all inside them. */
function removeIterations(draft: Draft, owner: string, from: number): void {
  for (let index = from; draft.iterations.has(iterationPath(owner, index)); index += 1) {
    const path = iterationPath(owner, index)
    const { graph } = mustNode(draft.iterations, path)
    for (const node of graph.nodes.values()) if (node.body !== null) removeIterations(draft, `${path}.${node.id}`, 0)
    draft.iterations.delete(path)
    draft.owned.delete(path)
  }
}

/** Nodes that stay, with another output or other edges than they had. */
function keepOtherwise(draft: Draft, { outputs = {}, deadEdges = {} }: Replayed, at: number): void {
  for (const [path, output] of Object.entries(outputs))
    if (findInstance(draft, path) !== undefined) giveOutput(draft, path, output, at)
  for (const [path, edges] of Object.entries(deadEdges)) {
    const instance = findInstance(draft, path)
    if (instance === undefined) continue
    const state = stateOf(draft, instance)
    if (state.status === 'completed' || state.status === 'failed') setNode(draft, instance, { ...state, deadEdges: edges })
  }
}

/** The node counts as completed with this output, over the ports that it took before. */
function giveOutput(draft: Draft, path: string, output: Json, at: number): void {
  const instance = mustInstance(draft, path)
  const { node, iteration } = instance
  reopen(draft, iteration)
  removeIterations(draft, path, 0)
  const before = stateOf(draft, instance)
  const completed = before.status === 'completed' ? before : null
  const run = setNode(draft, instance, {
    status: 'completed',
    startedAt: completed?.startedAt ?? at,
    takenEdges: completed?.takenEdges ?? takenEdges(mustRun(draft, iteration), node),
    completedAt: completed?.completedAt ?? at,
    output,
    ports: completed?.ports ?? node.type.ports(node.definition.config).slice(0, 1),
    portOutputs: {},
    deadEdges: completed?.deadEdges ?? [],
    attempt: completed?.attempt ?? 1,
    failures: completed?.failures ?? 0,
    metadata: completed?.metadata ?? null,
    assigned: completed?.assigned ?? null,
    loop: null,
  })
  // In both it stands where it was, or last: one that has failed was in one of them only.
  if (!Object.hasOwn(run.outputs, node.id)) run.path = [...run.path.filter((id) => id !== node.id), node.id]
  run.outputs[node.id] = output
}

/** Approvals whose answer came before they were asked. */
const answersNotTaken = (draft: Draft): ReadonlySet<string> =>
  new Set(Object.keys(draft.approvals).filter((path) => !isOver(draft, path)))

function isOver(draft: Draft, path: string): boolean {
  const instance = findInstance(draft, path)
  const status = instance === undefined ? 'gone' : stateOf(draft, instance).status
  return status === 'completed' || status === 'failed'
}

/** Errors of nodes that have not failed any more, and answers that were taken by what is to be asked again. */
function forgetWhatIsNoMore(draft: Draft, early: ReadonlySet<string>): void {
  draft.errors = draft.errors.filter(({ node }) => {
    const instance = findInstance(draft, node)
    return instance !== undefined && stateOf(draft, instance).status === 'failed'
  })
  draft.approvals = Object.fromEntries(Object.entries(draft.approvals).filter(([path]) => early.has(path) || isOver(draft, path)))
}

type Assigned = NonNullable<Extract<NodeState, { readonly status: 'completed' }>['assigned']>

/** What they were at first, then the assignments that were kept, in journal order; of every run that is open and has its own. */
function rebuildVariables(draft: Draft): void {
  const kept = new Map<string, Assigned[]>()
  for (const [path, { nodes }] of [['', draft] as const, ...draft.iterations])
    for (const node of nodes.values()) {
      if (node.status !== 'completed' || node.assigned === null) continue
      const owner = ownerOfVariables(draft, path)
      const assigned = kept.get(owner)
      if (assigned === undefined) kept.set(owner, [node.assigned])
      else assigned.push(node.assigned)
    }
  const rebuilt = (first: JsonObject, owner: string): JsonObject => {
    const assigned = (kept.get(owner) ?? []).sort((a, b) => a.seq - b.seq)
    return Object.assign({}, first, ...assigned.map(({ values }) => values))
  }
  draft.variables = rebuilt(draft.enclosing?.variables ?? { ...draft.graph.definition.variables, ...draft.inputs }, '')
  for (const [path, { phase, variablesBefore }] of [...draft.iterations])
    if (phase === 'open' && variablesBefore !== null) ownIteration(draft, path).variables = rebuilt(variablesBefore, path)
}

function countKept(state: ExecutionState): number {
  const runs: GraphRun[] = [state, ...state.iterations.values()]
  let characters = Object.values(state.approvals).reduce((sum, answer) => sum + keptByAnswer(answer), state.signalCharacters)
  for (const { nodes } of runs)
    for (const node of nodes.values())
      characters += keptBy(node) + ('loop' in node && node.loop !== null ? keptByPlan(node.loop) : 0)
  return characters
}
