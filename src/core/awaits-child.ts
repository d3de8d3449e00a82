// Which child a node waits for, and whether it still wants the one that names it as its parent. A child may have been started for an
// attempt that was lost before anybody heard how the child is called: the next attempt finds it by the same derived id.
import type { ParentNode } from './event.ts'
import { findInstance, stateOf } from './instance.ts'
import { isJsonObject, type Json } from './json.ts'
import type { ExecutionState, NodeState } from './state.ts'

/** `maybe`: an attempt is under way, or will be made, that finds this child if it was started before. */
export type Awaits = 'yes' | 'maybe' | 'no'

export function awaitsChild(state: ExecutionState, parent: ParentNode, executionId: string): Awaits {
  const instance = findInstance(state, parent.node)
  if (instance === undefined || state.phase.status !== 'open') return 'no'
  const node = stateOf(state, instance)
  if (node.status === 'waiting') return node.on.kind === 'child' && node.on.executionId === executionId ? 'yes' : 'no'
  const triesAgain = node.status === 'running' || node.status === 'retrying'
  return triesAgain && parent.failures === (state.replacedChildren[parent.node] ?? 0) ? 'maybe' : 'no'
}

/** The child that a node waits for, or has waited for; null where none is known. */
export function childOf(node: NodeState): string | null {
  switch (node.status) {
    case 'waiting':
      return node.on.kind === 'child' ? node.on.executionId : null
    case 'completed':
      return idIn(node.metadata ?? {})
    case 'retrying':
      return idIn(node.error.cause ?? {})
    case 'failed':
      // The failure of a loop repeats that of an item.
      return node.loop === null ? idIn(node.error.cause ?? {}) : null
    case 'cancelled':
      return node.child ?? null
    default:
      return null
  }
}

const idIn = (value: Json): string | null =>
  isJsonObject(value) && typeof value.execution_id === 'string' ? value.execution_id : null
