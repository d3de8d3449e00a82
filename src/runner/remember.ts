// A cache of texts that are dear to make, in front of KV: looks there, and lets one attempt of this isolate make what several ask
// for at the same time. A cache that fails is as good as an empty one: nothing here fails an attempt but `make`.
import type { Made, Remember } from '../core/node-type.ts'

export interface RememberDeps {
  readonly store: Pick<KVNamespace, 'get' | 'put'>
  /** Hears of a store that fails. */
  readonly report: (thrown: unknown) => void
}

/** One making under way; null where it ended with nothing to keep. */
interface Making {
  readonly text: Promise<string | null>
  /** After that, ms since the epoch, its maker is taken for dead: workerd ends a request without running what it has left. */
  readonly until: number
}

/** By store, so that it lives as long as the isolate that has the binding. What it holds ends by itself; to lose it costs a call. */
const makings = new WeakMap<object, Map<string, Making>>()

/** @param withinMs how long the attempt has that makes or waits */
export function createRemember({ store, report }: RememberDeps, withinMs: number): Remember {
  const underWay = makings.get(store) ?? new Map<string, Making>()
  makings.set(store, underWay)

  const read = async (key: string): Promise<string | null> => {
    try {
      return await store.get(key)
    } catch (thrown) {
      report(thrown)
      return null
    }
  }

  const makeAndKeep = async (key: string, ttlSeconds: number, make: () => Promise<Made>): Promise<string> => {
    const kept = Promise.withResolvers<string | null>()
    const making = { text: kept.promise, until: Date.now() + withinMs }
    underWay.set(key, making)
    let text: string | null = null
    try {
      const made = await make()
      if (made.isKept) {
        text = made.text
        await store.put(key, made.text, { expirationTtl: ttlSeconds }).catch(report)
      }
      return made.text
    } finally {
      if (underWay.get(key) === making) underWay.delete(key)
      kept.resolve(text)
    }
  }

  return async (key, ttlSeconds, make) => {
    const kept = await read(key)
    if (kept !== null) return { text: kept, isMade: false }
    // Nothing may come between this look and `makeAndKeep`, which makes it known that somebody is at it.
    const others = underWay.get(key)
    const shared = others === undefined ? null : await textOf(others)
    if (shared !== null) return { text: shared, isMade: false }
    return { text: await makeAndKeep(key, ttlSeconds, make), isMade: true }
  }
}

/**
 * What another one makes, in a request of its own: workerd lets one request await what another resolves. Null where it keeps nothing,
 * or has died over it.
 */
async function textOf(making: Making): Promise<string | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), Math.max(0, making.until - Date.now()))
  try {
    return await Promise.race([making.text, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
