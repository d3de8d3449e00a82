// Freezes what the core is given, so that writing to it throws. Maps cannot be frozen: `invariants.ts` compares them.
import type { ExecutionState } from '../../src/core/state.ts'

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}

/** Everything of a state but its compiled graph, which refers to the node types and is rebuilt at each load. */
export function freezeState(state: ExecutionState): ExecutionState {
  const { graph: _graph, nodes, ...rest } = state
  for (const node of nodes.values()) deepFreeze(node)
  deepFreeze(rest)
  return Object.freeze(state)
}
