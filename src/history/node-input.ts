// What arrived at a node, computed from its sources: inputs are never stored.
import { givenIn } from '../core/apply-node.ts'
import { inputsBySource, nodeInputs } from '../core/inputs.ts'
import { mustRun, type NodeInstance, stateOf } from '../core/instance.ts'
import { isJsonObject, type JsonObject } from '../core/json.ts'
import type { NodeInput } from '../core/node-type.ts'
import type { ExecutionState } from '../core/state.ts'

/** Values by source id; for a root what its graph was given: the execution's inputs, an item or a state; `{}` before it begins. */
export function nodeInputData(state: ExecutionState, instance: NodeInstance): JsonObject {
  const arrived = arrivedInputs(state, instance)
  if (arrived === null) return {}
  if (instance.node.incoming.length > 0) return inputsBySource(arrived)
  const given = givenIn(state, instance.iteration)
  return isJsonObject(given) ? given : { input: given }
}

/** Null where no join has decided: the node is pending or was skipped. */
export function arrivedInputs(state: ExecutionState, instance: NodeInstance): readonly NodeInput[] | null {
  const nodeState = stateOf(state, instance)
  return 'takenEdges' in nodeState ? nodeInputs(mustRun(state, instance.iteration), nodeState.takenEdges) : null
}
