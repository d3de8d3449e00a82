// What a store said a moment ago, kept for that moment: so that no database stands on the path of every request. A change made by
// this isolate counts at once (`forget`), one made elsewhere after `freshMs` at the latest. While the store is down, what was known
// serves for `keepMs`. Losing any of it costs a look-up.
import { BoundedMemo } from './bounded-memo.ts'
import { ApiError } from './errors.ts'

interface RecentOptions<Value> {
  /** Null: there is none, which is not remembered. @throws ApiError `UNAVAILABLE` where the store is down */
  load(key: string): Promise<Value | null>
  clock(): number
  readonly freshMs: number
  readonly keepMs: number
  /** Of all that is remembered together. */
  readonly maxWeight: number
  weightOf(value: Value): number
}

export interface Recent<Value> {
  find(key: string): Promise<Value | null>
  /** The same, however fresh what is known may be. */
  reload(key: string): Promise<Value | null>
  /** To be called after every change that this isolate makes. */
  forget(key: string): void
}

export function createRecent<Value>({ load, clock, freshMs, keepMs, maxWeight, weightOf }: RecentOptions<Value>): Recent<Value> {
  const memo = new BoundedMemo<{ readonly value: Value; readonly readAt: number }>(maxWeight)
  /** Grows with every change: what was read before one must not be kept after it. */
  let changes = 0

  async function findWithin(key: string, maxAgeMs: number): Promise<Value | null> {
    const known = memo.get(key)
    const age = known === undefined ? Number.POSITIVE_INFINITY : clock() - known.readAt
    if (known !== undefined && age < maxAgeMs) return known.value
    const [before, readAt] = [changes, clock()]
    try {
      const value = await load(key)
      if (value === null) memo.delete(key)
      else if (changes === before) memo.set(key, { value, readAt }, weightOf(value))
      return value
    } catch (error) {
      if (known !== undefined && age < keepMs && error instanceof ApiError && error.code === 'UNAVAILABLE') return known.value
      throw error
    }
  }

  return {
    find: (key) => findWithin(key, freshMs),
    reload: (key) => findWithin(key, 0),
    forget(key) {
      changes += 1
      memo.delete(key)
    },
  }
}
