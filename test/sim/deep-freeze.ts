// Freezes what the core is given, so that writing to it throws. Maps cannot be frozen: `invariants.ts` compares them.
import type { ExecutionState, GraphRun } from '../../src/core/state.ts'

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}

/** Everything of a state but its compiled graphs, which refer to the node types and are rebuilt at each load. */
export function freezeState(state: ExecutionState): ExecutionState {
  if (Object.isFrozen(state)) return state
  for (const iteration of state.iterations.values()) freezeRun(iteration)
  return freezeRun(state)
}

function freezeRun<Run extends GraphRun>(run: Run): Run {
  if (Object.isFrozen(run)) return run
  for (const node of run.nodes.values()) deepFreeze(node)
  for (const [name, member] of Object.entries(run)) if (name !== 'graph' && !(member instanceof Map)) deepFreeze(member)
  return Object.freeze(run)
}
