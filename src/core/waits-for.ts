// What a waiting node waits for: it stands in the journal and in the state.
import type { ItemCounts } from './node-type.ts'

/** A child is another execution, which tells its end. */
export type WaitsFor =
  | { readonly kind: 'timer' }
  /** `match` is CEL over the node's scope and `payload`. */
  | {
      readonly kind: 'event'
      readonly event: string
      readonly match: string | null
      /** Present while the node has not looked at all events that came before it: the number of the last that it has, or 0. */
      readonly lookedTo?: number
    }
  | { readonly kind: 'approval'; readonly prompt: string }
  /** `items`: of a shard that has ended. */
  | { readonly kind: 'child'; readonly executionId: string; readonly ended?: true; readonly items?: ItemCounts }
  /** A worker outside; what it gets is `payload` of the rendered config. `since`: ms since the epoch. */
  | {
      readonly kind: 'task'
      readonly queue: string
      readonly tags: readonly string[]
      readonly leaseSeconds: number
      readonly since: number
    }
