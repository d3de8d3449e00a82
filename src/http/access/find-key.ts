// From the text of a stored key to who has it. What was found serves for seconds; whether it has expired is asked each time.
import type { StoredApiKey } from '../../history/api-key-store.ts'
import { sha256 } from '../digest.ts'
import type { Identity } from '../identity.ts'
import type { Recent } from '../recent.ts'
import { keyIdOf } from './api-key.ts'

/** Null where it is no key that is good now. @throws ApiError `UNAVAILABLE` where that cannot be found out */
export type FindKey = (text: string) => Promise<Identity | null>

export function createKeyFinder(keys: Pick<Recent<StoredApiKey>, 'find' | 'reload'>, clock: () => number): FindKey {
  const isKey = (key: StoredApiKey | null, digest: ArrayBuffer): key is StoredApiKey =>
    key !== null && isGood(key, clock()) && matches(key, digest, clock())
  return async (text) => {
    const id = keyIdOf(text)
    if (id === null) return null
    const [key, digest] = await Promise.all([keys.find(id), sha256(text)])
    if (isKey(key, digest)) return identityOf(key)
    // It may have been rotated elsewhere, a moment ago.
    const now = key === null ? null : await keys.reload(id)
    return isKey(now, digest) ? identityOf(now) : null
  }
}

const isGood = ({ revoked_at, expires_at }: StoredApiKey, now: number): boolean =>
  revoked_at === null && (expires_at === null || now < expires_at)

/** Compares both, so that the time taken does not tell which. */
function matches({ hash, previous_hash, previous_until }: StoredApiKey, digest: ArrayBuffer, now: number): boolean {
  const previous = previous_hash !== null && now < (previous_until ?? 0) ? previous_hash : hash
  const [isCurrent, isPrevious] = [isSame(digest, hash), isSame(digest, previous)]
  return isCurrent || isPrevious
}

const isSame = (digest: ArrayBuffer, hex: string): boolean => crypto.subtle.timingSafeEqual(digest, fromHex(hex))

const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

const identityOf = ({ id, community_id, user, scopes, tier }: StoredApiKey): Identity => ({
  communityId: community_id,
  user,
  keyId: id,
  scopes,
  tier,
  isAdmin: false,
})
