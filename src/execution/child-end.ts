// How an execution ended, as its parent hears it. Pure.
import type { ChildEnd } from '../core/command.ts'
import type { ItemCounts } from '../core/node-type.ts'
import { payloadsIn } from '../core/payload.ts'
import type { ExecutionState } from '../core/state.ts'

type Ended = Pick<ExecutionState, 'phase' | 'payloads' | 'identity' | 'nodes'>

/** Null while it is open. */
export function childEnd(state: Ended): ChildEnd | null {
  const { phase, payloads: held } = state
  switch (phase.status) {
    case 'open':
      return null
    case 'completed': {
      const payloads = payloadsIn(phase.output, held)
      return { status: 'completed', output: phase.output, ...(payloads.length > 0 && { payloads }), ...itemsOf(state) }
    }
    case 'failed':
      return { status: 'failed', error: phase.error, ...itemsOf(state) }
    case 'cancelled':
      return { status: 'cancelled', error: null, ...itemsOf(state) }
  }
}

/** A shard is one loop; it has begun, or none of its items has. */
function itemsOf({ identity, nodes }: Ended): { readonly items?: ItemCounts } {
  if (identity.shard !== true) return {}
  const [node] = nodes.values()
  const loop = node !== undefined && 'loop' in node ? node.loop : null
  return { items: { completed: loop?.completed ?? 0, failed: loop?.failed ?? 0 } }
}
