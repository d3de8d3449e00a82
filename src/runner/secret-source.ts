// Where the Runner has secrets from: a store, whose answers it keeps for some seconds, so that an execution of many calls does not
// ask as often. What is kept is values in memory and nothing else; what the store does not know is never kept.
import { ExpiringMemo } from '../core/expiring-memo.ts'
import { MAX_SECRETS_KEPT, SECRETS_KEPT_SECONDS } from '../core/limits.ts'

/** The values of those names that the community has; the others are absent. May throw: a store may be down. */
export type SecretSource = (communityId: string, names: readonly string[]) => Promise<ReadonlyMap<string, string>>

/** By store, so that it lives as long as the isolate that has the binding. A bounded memo: to lose a value costs a question. */
const memos = new WeakMap<object, ExpiringMemo<string>>()

/** @param store what `load` asks; sources of one store keep their answers together */
export function rememberSecrets(store: object, load: SecretSource): SecretSource {
  const memo = memos.get(store) ?? new ExpiringMemo<string>(MAX_SECRETS_KEPT)
  memos.set(store, memo)

  return async (communityId, names) => {
    const key = (name: string) => JSON.stringify([communityId, name])
    const found = new Map<string, string>()
    for (const name of names) {
      const kept = memo.get(key(name), Date.now())
      if (kept !== undefined) found.set(name, kept)
    }
    const unknown = names.filter((name) => !found.has(name))
    if (unknown.length === 0) return found
    const loaded = await load(communityId, unknown)
    for (const [name, value] of loaded) {
      memo.set(key(name), value, Date.now() + SECRETS_KEPT_SECONDS * 1000)
      found.set(name, value)
    }
    return found
  }
}
