// A state as JSON, so that a long journal loads quickly. What the definition or the node states already tell is left out.
// It is a cache of the fold: dropped when the code that folds has changed.
import { APPLY_VERSION } from './apply.ts'
import { loopOutput } from './apply-iteration.ts'
import type { WorkflowDefinition } from './definition.ts'
import type { ExecutionEvent, ExecutionIdentity } from './event.ts'
import { type ErrorRecord, type FailureRecord, readErrors, readFailure, writeErrors, writeFailure } from './failure-record.ts'
import { compileGraph, mustNode } from './graph.ts'
import { findRun, mustInstance, nodePath } from './instance.ts'
import type { Json, JsonObject } from './json.ts'
import type { NodeTypes } from './node-type.ts'
import type { ExecutionState, GraphRun, IterationState, NodeState } from './state.ts'

/** A run of a graph without what its graph, or its node states, tell. */
type RunRecord<Run> = Omit<Run, 'graph' | 'nodes' | 'outputs' | 'variables' | 'variablesBefore' | 'failure'> & {
  readonly nodes: readonly (readonly [string, NodeState])[]
  readonly failure: FailureRecord | null
}

/** Variables are the index of a set that many iterations share; null where an iteration has none of its own. */
type IterationRecord = RunRecord<IterationState> & {
  readonly variables: number | null
  readonly variablesBefore: number | null
}

export interface Snapshot {
  readonly applyVersion: number
  readonly state: RunRecord<Omit<ExecutionState, 'identity' | 'inputs' | 'enclosing' | 'iterations' | 'errors'>> & {
    readonly variables: JsonObject
    readonly errors: readonly ErrorRecord[]
  }
  readonly iterations: readonly (readonly [string, IterationRecord])[]
  /** By name the index of the value: sets that differ in one variable still share the values of all others. */
  readonly variableSets: readonly Readonly<Record<string, number>>[]
  readonly variableValues: readonly Json[]
  /** Present where a replay or a parent's later epoch may have changed them: the definition that runs now, and the identity. */
  readonly replayed?: { readonly identity: ExecutionIdentity; readonly definition: WorkflowDefinition }
}

type Created = Extract<ExecutionEvent, { readonly type: 'execution.created' }>

export function takeSnapshot(state: ExecutionState): Snapshot {
  const { identity, graph, inputs: _inputs, enclosing: _enclosing, iterations, nodes, outputs: _outputs, ...rest } = state
  const sets = new Map<JsonObject, number>()
  const values = new Map<Json, number>()
  const setOf = (variables: JsonObject | null): number | null => (variables === null ? null : placeIn(sets, variables))
  const records = [...iterations].map(([path, iteration]): readonly [string, IterationRecord] => {
    const { graph: _graph, nodes: ofBody, outputs: _given, variables, variablesBefore, ...record } = iteration
    const indexes = { variables: setOf(variables), variablesBefore: setOf(variablesBefore) }
    return [path, { ...record, failure: writeFailure(iteration), nodes: withoutLoopOutputs(ofBody), ...indexes }]
  })
  return {
    applyVersion: APPLY_VERSION,
    state: {
      ...rest,
      failure: writeFailure(state),
      errors: writeErrors(rest.errors, (run) => findRun(state, run)?.nodes),
      nodes: withoutLoopOutputs(nodes),
    },
    iterations: records,
    variableSets: Array.from(sets.keys(), (set) => mapMembers(set, (value) => placeIn(values, value))),
    variableValues: [...values.keys()],
    ...(state.epoch === 1 && (identity.parent?.epoch ?? 1) === 1 ? {} : { replayed: { identity, definition: graph.definition } }),
  }
}

/** The place of a value in a table, where it is put unless it is there. */
function placeIn<Value>(table: Map<Value, number>, value: Value): number {
  const place = table.get(value) ?? table.size
  table.set(value, place)
  return place
}

const mapMembers = <From, To>(object: Readonly<Record<string, From>>, to: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, to(value)]))

/** What a loop gave is what its iterations tell. */
const withoutLoopOutputs = (nodes: ReadonlyMap<string, NodeState>): [string, NodeState][] =>
  [...nodes].map(([id, node]) => [id, node.status === 'completed' && node.loop !== null ? { ...node, output: null } : node])

/** The state a snapshot was taken of, with what the journal's first event holds; null where other code took it. */
export function restoreSnapshot(snapshot: Snapshot, created: Created, nodeTypes: NodeTypes): ExecutionState | null {
  if (snapshot.applyVersion !== APPLY_VERSION) return null
  const { identity, definition } = snapshot.replayed ?? created
  const graph = compileGraph(definition, nodeTypes)
  const iterations = new Map<string, IterationState>()
  const topNodes = new Map(snapshot.state.nodes)
  const state = {
    ...snapshot.state,
    failure: readFailure(snapshot.state.failure, topNodes),
    identity,
    inputs: created.inputs,
    enclosing: created.enclosing ?? null,
    graph,
    iterations,
  }
  // An iteration comes after those around it: it began later.
  const sets = snapshot.variableSets.map((set) => mapMembers(set, (place) => snapshot.variableValues[place] ?? null))
  const setAt = (index: number | null): JsonObject | null => (index === null ? null : (sets[index] ?? {}))
  for (const [path, { nodes: entries, ...record }] of snapshot.iterations) {
    const { node } = mustInstance({ ...state, nodes: new Map(), outputs: {} }, record.owner)
    const body = record.isShard ? node.shards : node.body
    if (body === null) throw new Error(`snapshot: ${record.owner} has no body`)
    const sets = { variables: setAt(record.variables), variablesBefore: setAt(record.variablesBefore) }
    const nodes = new Map(entries)
    iterations.set(path, { ...record, ...sets, failure: readFailure(record.failure, nodes), graph: body, nodes, outputs: {} })
  }
  // Inner loops first: an outer one's result is made of theirs.
  for (const [path, iteration] of [...iterations].reverse())
    iterations.set(path, { ...iteration, ...withOutputs(iteration.nodes, iteration.path, path, iterations) })
  const errors = readErrors(state.errors, (run) => (run === '' ? topNodes : mustNode(iterations, run).nodes))
  return { ...state, errors, ...withOutputs(topNodes, state.path, '', iterations) }
}

/**
 * Nodes with what their loops gave, and the outputs of those that completed, null for those whose failure was passed over; in
 * journal order, as the fold has them: expressions can see the order of keys.
 */
function withOutputs(
  nodes: ReadonlyMap<string, NodeState>,
  path: readonly string[],
  iteration: string,
  iterations: ReadonlyMap<string, IterationState>,
): Pick<GraphRun, 'nodes' | 'outputs'> {
  const complete = new Map(
    Array.from(nodes, ([id, node]): [string, NodeState] => [
      id,
      node.status === 'completed' && node.loop !== null
        ? { ...node, output: loopOutput({ iterations }, nodePath(iteration, id), node.loop) }
        : node,
    ]),
  )
  const outputs: Record<string, Json> = {}
  for (const id of path) {
    const node = complete.get(id)
    if (node?.status === 'completed') outputs[id] = node.output
    else if (node?.status === 'failed' && node.route === 'continue') outputs[id] = null
  }
  return { nodes: complete, outputs }
}
