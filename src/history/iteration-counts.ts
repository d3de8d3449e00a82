// How the iterations of a loop stand, as its node shows it.
import { itemsIn, iterationCount } from '../core/apply-iteration.ts'
import { iterationPath } from '../core/instance.ts'
import { isJsonObject } from '../core/json.ts'
import type { ItemCounts } from '../core/node-type.ts'
import type { ExecutionState, IterationState, Loop } from '../core/state.ts'

export interface IterationCounts {
  /** Items of a for-each; rounds of a `loop` so far. */
  readonly total: number
  readonly completed: number
  readonly failed: number
  /** Something in it is being done. */
  readonly running: number
  /** All in it that has begun and is not over waits. */
  readonly waiting: number
  /** Cancelled, or never begun because the loop has ended. */
  readonly skipped: number
}

/** `isOver`: the loop has ended, so that no iteration will begin any more. Items of a shard stand as their shard does, until it tells more. */
export function countIterations(state: ExecutionState, owner: string, loop: Loop, isOver: boolean): IterationCounts {
  const counts = { total: 0, completed: 0, failed: 0, running: 0, waiting: 0, skipped: 0 }
  const iterations = loop.kind === 'each' ? iterationCount(loop) : loop.started
  for (let index = 0; index < iterations; index += 1) {
    const items = loop.kind === 'each' ? itemsIn(loop, index) : 1
    counts.total += items
    const iteration = state.iterations.get(iterationPath(owner, index))
    const ended = iteration === undefined ? null : itemsEnded(iteration, loop)
    if (ended !== null) {
      counts.completed += ended.completed
      counts.failed += ended.failed
      counts.skipped += items - ended.completed - ended.failed
    } else if (iteration !== undefined) counts[standing(iteration)] += items
    else if (isOver) counts.skipped += items
  }
  return counts
}

/** What a shard has told of its items; null where it has told nothing. Where the loop goes on without it, all of them have failed. */
function itemsEnded({ isShard, nodes }: IterationState, loop: Loop): ItemCounts | null {
  const [node] = isShard ? nodes.values() : []
  if (node?.status === 'failed') return loop.kind === 'each' && loop.onItemError === 'fail' ? (node.items ?? null) : null
  const items = node?.status === 'completed' ? node.metadata?.items : undefined
  return isJsonObject(items) ? { completed: Number(items.completed), failed: Number(items.failed) } : null
}

function standing(iteration: IterationState): 'completed' | 'failed' | 'running' | 'waiting' | 'skipped' {
  if (iteration.phase === 'open') return waits(iteration) ? 'waiting' : 'running'
  return iteration.phase === 'cancelled' ? 'skipped' : iteration.phase
}

function waits({ nodes }: IterationState): boolean {
  let waits = false
  for (const { status } of nodes.values()) {
    if (status === 'running' || status === 'iterating') return false
    if (status === 'waiting' || status === 'retrying') waits = true
  }
  return waits
}
