// Where a loop stands: the node in it at which something happens next by itself.
import { openIterationsOf } from '../core/apply-iteration.ts'
import { mustIteration, nodePath } from '../core/instance.ts'
import type { ExecutionState, Loop } from '../core/state.ts'
import { nodeDueAt } from '../core/timers.ts'

interface Next {
  readonly path: string
  /** Ms since the epoch; null: it waits without end. */
  readonly at: number | null
}

/** Of all that is under way in the loop at this path, at any depth, the earliest due; null where nothing is under way. */
export function nextInside(state: ExecutionState, owner: string, loop: Loop): Next | null {
  let next: Next | null = null
  for (const { path: iteration } of openIterationsOf(state, owner, loop))
    for (const [id, node] of mustIteration(state, iteration).nodes) {
      const path = nodePath(iteration, id)
      if (node.status === 'iterating') next = earlier(next, nextInside(state, path, node.loop))
      else if (node.status === 'running' || node.status === 'waiting' || node.status === 'retrying')
        next = earlier(next, { path, at: nodeDueAt(node) })
    }
  return next
}

function earlier(one: Next | null, other: Next | null): Next | null {
  if (one === null || other === null) return one ?? other
  return (other.at ?? Number.POSITIVE_INFINITY) < (one.at ?? Number.POSITIVE_INFINITY) ? other : one
}
