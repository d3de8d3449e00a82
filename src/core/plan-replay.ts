// Turns what a caller asks of a replay into the plan that the `replay` command carries, or into issues. Pure; the execution's object
// calls it, for it alone has the state.
// - `from` is a node (`fetch`, `each[3].fetch`) or an iteration (`each[3]`), which then runs again as a whole.
// - A patched config is that of the definition, in every iteration: `each.fetch`. A patched output is that of one node: `each[3].fetch`.
// - A node with a patched output does not run, also where it follows from another: what follows from it does.
// - Nothing asked for means everything: the execution runs again from its beginning.
// - What the execution had left unfinished runs again as well: it could not end otherwise.
import type { ReplayPlan } from './command.ts'
import { configHash } from './config-hash.ts'
import type { Issue, WorkflowDefinition } from './definition.ts'
import { findChanges } from './definition-changes.ts'
import { compileGraph, edgeKey, type Graph } from './graph.ts'
import { validateInputs } from './input-schema.ts'
import { findInstance, mustInstance, mustIteration, mustRun, nodePath, stateOf } from './instance.ts'
import { errorAt } from './issue.ts'
import type { Json, JsonObject } from './json.ts'
import { isJsonAbove } from './json.ts'
import { MAX_OUTPUT_BYTES } from './limits.ts'
import type { NodeTypes } from './node-type.ts'
import { patchDefinition } from './patch-definition.ts'
import { iterationsOf, ReplayedNodes } from './replayed-nodes.ts'
import type { ExecutionState } from './state.ts'
import { collectIterations, collectUnfinished, nothingUnfinished, type Unfinished } from './unfinished.ts'
import { checkDefinition } from './validate-definition.ts'

export interface NodePatch {
  readonly config?: JsonObject
  readonly output?: Json
}

export interface ReplayRequest {
  readonly from?: string
  /** By node path. */
  readonly patch?: Readonly<Record<string, NodePatch>>
  /** Another version of the workflow, to run from here on. */
  readonly version?: { readonly number: number; readonly definition: WorkflowDefinition }
}

export type ReplayPlanning = { readonly plan: ReplayPlan } | { readonly issues: readonly Issue[] }

/** @param state of an execution that has ended */
export function planReplay(state: ExecutionState, request: ReplayRequest, nodeTypes: NodeTypes): ReplayPlanning {
  const changed = changedDefinition(state, request, nodeTypes)
  if ('issues' in changed) return { issues: [...changed.issues, ...findMisplaced(state, request)] }
  const graph = changed.definition === null ? state.graph : compileGraph(changed.definition, nodeTypes)
  const outputs = patchedOutputs(request)
  const nodes = new ReplayedNodes(state, graph, new Set(outputs.keys()))
  const issues = [...checkOutputs(state, nodes, outputs), ...checkFrom(state, nodes, request)]
  if (issues.length > 0) return { issues }
  addBeginnings(state, request, graph, nodes)
  const forgotten = [...outputs.keys()].filter((path) => nodes.isForgotten(path))
  if (forgotten.length > 0) return { issues: forgotten.map(forgottenOutput) }
  const unfinished = findUnfinished(state, nodes, new Set(outputs.keys()))
  return {
    plan: {
      epoch: state.epoch,
      from: request.from ?? null,
      rerun: nodes.paths(),
      unfinished: [...unfinished.nodes],
      reopened: [...unfinished.reopened],
      outputs: Object.fromEntries(outputs),
      askedEdges: changed.definition === null && outputs.size === 0 ? {} : edgesToAsk(state, nodes, new Set(outputs.keys())),
      definition: changed.definition,
      version: changed.definition === null ? null : (request.version?.number ?? null),
      configHash: changed.definition === null ? null : configHash(changed.definition),
    },
  }
}

const forgottenOutput = (path: string): Issue =>
  errorAt(
    'UNKNOWN_NODE',
    { path: ['patch', path, 'output'] },
    `${path} is in a loop, or a round of one, that this replay runs again`,
  )

/** Beside what is wrong with the definition itself; another version may have other nodes. */
function findMisplaced(state: ExecutionState, request: ReplayRequest): Issue[] {
  if (request.version !== undefined) return []
  const outputs = patchedOutputs(request)
  const nodes = new ReplayedNodes(state, state.graph, new Set(outputs.keys()))
  return [...checkOutputs(state, nodes, outputs), ...checkFrom(state, nodes, request)]
}

type Changed = { readonly definition: WorkflowDefinition | null } | { readonly issues: readonly Issue[] }

/** The definition from here on; null where it stays. */
function changedDefinition(state: ExecutionState, { patch = {}, version }: ReplayRequest, nodeTypes: NodeTypes): Changed {
  const base = version?.definition ?? state.graph.definition
  const configs = new Map(Object.entries(patch).flatMap(([path, { config }]) => (config === undefined ? [] : [[path, config]])))
  const patched = patchDefinition(base, configs, nodeTypes)
  const issues = [...patched.issues, ...(version === undefined ? [] : checkInputs(base, state.inputs))]
  if (issues.length > 0) return { issues }
  if (configs.size > 0) {
    const { definition, issues: found } = checkDefinition(patched.definition, nodeTypes)
    return definition === null ? { issues: found.filter(({ severity }) => severity === 'error') } : { definition }
  }
  return { definition: version === undefined ? null : base }
}

/** Another version may ask for more than the execution was started with. */
const checkInputs = (
  { required_variables: required = [], input_schema: schema }: WorkflowDefinition,
  inputs: JsonObject,
): Issue[] => [
  ...required
    .filter((name) => !Object.hasOwn(inputs, name))
    .map((name) => errorAt('REQUIRED', { path: ['inputs', name] }, `that version needs the variable ${name}`)),
  ...(schema === undefined ? [] : validateInputs(schema, inputs)),
]

const patchedOutputs = ({ patch = {} }: ReplayRequest): ReadonlyMap<string, Json> =>
  new Map(Object.entries(patch).flatMap(([path, { output }]) => (output === undefined ? [] : [[path, output] as const])))

function checkOutputs(state: ExecutionState, nodes: ReplayedNodes, outputs: ReadonlyMap<string, Json>): Issue[] {
  return [...outputs].flatMap(([path, output]) => {
    const place = { path: ['patch', path, 'output'] }
    if (!exists(state, nodes, path)) return [errorAt('UNKNOWN_NODE', place, unknownMessage(path))]
    if (!isJsonAbove(output, MAX_OUTPUT_BYTES)) return []
    return [errorAt('TOO_LARGE', place, `an output is at most ${MAX_OUTPUT_BYTES} bytes of JSON`)]
  })
}

const unknownMessage = (path: string): string =>
  `the execution has no node ${path}; in a loop, nodes are named with their iteration, \`each[0].fetch\`; one that has run in shards is replayed as a whole`

/** Whether there is such a node, now and from here on. What a shard has run, its own execution knows. */
function exists(state: ExecutionState, nodes: ReplayedNodes, path: string): boolean {
  return !isInShard(state, path) && isNode(state, nodes, path)
}

function isNode(state: ExecutionState, nodes: ReplayedNodes, path: string): boolean {
  const instance = findInstance(state, path)
  return instance === undefined
    ? nodes.graphIn('')?.nodes.has(path) === true
    : nodes.graphIn(instance.iteration)?.nodes.has(instance.node.id) === true
}

function checkFrom(state: ExecutionState, nodes: ReplayedNodes, { from }: ReplayRequest): Issue[] {
  if (from === undefined || isIteration(state, nodes, from) || exists(state, nodes, from)) return []
  return [errorAt('UNKNOWN_NODE', { path: ['from'] }, unknownMessage(from))]
}

const isIteration = (state: ExecutionState, nodes: ReplayedNodes, path: string): boolean =>
  state.iterations.has(path) && !isInShard(state, path) && nodes.graphIn(path) !== null

const isInShard = (state: ExecutionState, path: string): boolean =>
  [...iterationsOf(path)].some((iteration) => state.iterations.get(iteration)?.isShard === true)

/** Where the replay begins: what was asked for, and what differs. */
function addBeginnings(
  state: ExecutionState,
  { from, patch = {}, version }: ReplayRequest,
  graph: Graph,
  nodes: ReplayedNodes,
): void {
  nodes.addAfterGiven()
  if (from !== undefined && isIteration(state, nodes, from)) nodes.addRun(from)
  else if (from !== undefined) nodes.add(from)
  if (graph !== state.graph) nodes.addChanges(findChanges(state.graph, graph))
  if (from === undefined && version === undefined && Object.keys(patch).length === 0) nodes.addRun('')
}

/** Every run of a graph that goes on has to come to an end: whatever in it had none runs again too. */
function findUnfinished(state: ExecutionState, nodes: ReplayedNodes, given: ReadonlySet<string>): Unfinished {
  const found = nothingUnfinished()
  if (state.phase.status !== 'completed') collectUnfinished(state, '', found)
  const loops = new Set<string>()
  for (const path of nodes.touched) {
    const { owner, phase } = mustIteration(state, path)
    if (phase !== 'completed') collectUnfinished(state, path, found)
    loops.add(owner)
  }
  for (const path of loops) {
    const node = stateOf(state, mustInstance(state, path))
    if ('loop' in node && node.loop !== null) collectIterations(state, path, node.loop, found)
  }
  const isIn = (path: string) => !nodes.runsAgain(path) && !given.has(path) && !nodes.isGone(path) && isKnown(state, nodes, path)
  return { nodes: new Set([...found.nodes].filter(isIn)), reopened: new Set([...found.reopened].filter(isIn)) }
}

/** A node, or an iteration, that is there from here on. */
const isKnown = (state: ExecutionState, nodes: ReplayedNodes, path: string): boolean =>
  state.iterations.has(path) ? nodes.graphIn(path) !== null : isNode(state, nodes, path)

/** Edges that were never asked, or not of this output: of nodes that stay, with a `when`. */
function edgesToAsk(
  state: ExecutionState,
  nodes: ReplayedNodes,
  given: ReadonlySet<string>,
): Readonly<Record<string, readonly number[]>> {
  const asked: Record<string, readonly number[]> = {}
  for (const iteration of ['', ...state.iterations.keys()]) {
    const graph = nodes.graphIn(iteration)
    if (graph === null) continue
    const known = new Set(mustRun(state, iteration).graph.edges.map(edgeKey))
    for (const node of graph.nodes.values()) {
      if (node.outgoing.every(({ when }) => when === null)) continue
      const path = nodePath(iteration, node.id)
      if ((nodes.runsAgain(path) && !given.has(path)) || nodes.isGone(path)) continue
      const edges = node.outgoing.filter((edge) => edge.when !== null && (given.has(path) || !known.has(edgeKey(edge))))
      if (edges.length > 0) asked[path] = edges.map(({ index }) => index)
    }
  }
  return asked
}
