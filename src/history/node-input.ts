// What arrived at a node, computed from its sources: inputs are never stored.
import type { GraphNode } from '../core/graph.ts'
import { mustNode } from '../core/graph.ts'
import { inputsBySource, nodeInputs } from '../core/inputs.ts'
import type { JsonObject } from '../core/json.ts'
import type { NodeInput } from '../core/node-type.ts'
import type { ExecutionState } from '../core/state.ts'

/** Values by source id; the execution's inputs for a root; `{}` for a node that has not begun. */
export function nodeInputData(state: ExecutionState, node: GraphNode): JsonObject {
  const arrived = arrivedInputs(state, node.id)
  if (arrived === null) return {}
  return node.incoming.length === 0 ? state.inputs : inputsBySource(arrived)
}

/** Null where no join has decided: the node is pending, skipped, or was cancelled, which forgets it. */
export function arrivedInputs(state: ExecutionState, node: string): readonly NodeInput[] | null {
  const nodeState = mustNode(state.nodes, node)
  return 'takenEdges' in nodeState ? nodeInputs(state, nodeState.takenEdges) : null
}
