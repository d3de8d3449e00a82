// A state as JSON, so that a long journal loads quickly. What the definition or the node states already tell is left out.
// It is a cache of the fold: dropped when the code that folds has changed.
import { APPLY_VERSION } from './apply.ts'
import type { ExecutionEvent } from './event.ts'
import { compileGraph } from './graph.ts'
import type { Json } from './json.ts'
import type { NodeTypes } from './node-type.ts'
import type { ExecutionState, NodeState } from './state.ts'

export interface Snapshot {
  readonly applyVersion: number
  readonly state: Omit<ExecutionState, 'identity' | 'graph' | 'inputs' | 'nodes' | 'outputs'>
  readonly nodes: readonly (readonly [string, NodeState])[]
}

export function takeSnapshot(state: ExecutionState): Snapshot {
  const { identity: _identity, graph: _graph, inputs: _inputs, nodes, outputs: _outputs, ...rest } = state
  return { applyVersion: APPLY_VERSION, state: rest, nodes: [...nodes] }
}

/** The state a snapshot was taken of, with what the journal's first event holds; null where other code took it. */
export function restoreSnapshot(
  snapshot: Snapshot,
  created: Extract<ExecutionEvent, { readonly type: 'execution.created' }>,
  nodeTypes: NodeTypes,
): ExecutionState | null {
  if (snapshot.applyVersion !== APPLY_VERSION) return null
  const { identity, definition, inputs } = created
  const nodes = new Map(snapshot.nodes)
  const outputs = outputsOf(snapshot.state.path, nodes)
  return { ...snapshot.state, identity, inputs, graph: compileGraph(definition, nodeTypes), nodes, outputs }
}

/**
 * Outputs of the nodes that completed, null for those whose failure was passed over; in journal order, as the fold has them:
 * expressions can see the order of keys.
 */
function outputsOf(path: readonly string[], nodes: ReadonlyMap<string, NodeState>): Record<string, Json> {
  const outputs: Record<string, Json> = {}
  for (const id of path) {
    const node = nodes.get(id)
    if (node?.status === 'completed') outputs[id] = node.output
    else if (node?.status === 'failed' && node.route === 'continue') outputs[id] = null
  }
  return outputs
}
