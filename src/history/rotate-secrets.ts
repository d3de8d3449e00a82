// The rotation of keys: secrets that another key encrypted are encrypted with the first one, step by step. Called by the secret
// store. A secret that is set anew at the same time wins, for it has the first key already.
import { and, asc, count, eq, ne, type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { MAX_SECRETS_PER_ROTATION, SECRETS_PER_ROTATION_STEP } from '../core/limits.ts'
import { packJsonLists } from './json-rows.ts'
import { runInserts } from './run-inserts.ts'
import { secrets } from './schema.ts'
import { openSecret, type SealedSecret, type SecretPlace, SecretUnreadableError, sealSecret } from './sealed-secret.ts'
import type { SecretKeys } from './secret-keys.ts'

export interface RotationRequest {
  /** Null: all of them. */
  readonly communityId: string | null
  /** Where the call before has come to; null: at the beginning. */
  readonly after: SecretPlace | null
}

export interface RotationResult {
  /** The first key. */
  readonly keyId: string
  /** Encrypted with the first key now, and were not before. */
  readonly rotated: number
  /** Left as they are: their key is gone, or it does not open them. */
  readonly unreadable: number
  /** Keys of theirs that the deployment does not have. */
  readonly missingKeyIds: readonly string[]
  /** Not looked at. */
  readonly remaining: number
  /** Where to go on; null: nothing remains. */
  readonly next: SecretPlace | null
}

export async function rotateSecrets(db: DrizzleD1Database, keys: SecretKeys, request: RotationRequest): Promise<RotationResult> {
  const missing = new Set<string>()
  let [rotated, unreadable, after] = [0, 0, request.after]
  for (let seen = 0; seen < MAX_SECRETS_PER_ROTATION; seen += SECRETS_PER_ROTATION_STEP) {
    const rows = await nextRows(db, isStale(keys, request.communityId, after))
    const sealed = (await Promise.all(rows.map((row) => sealAgain(row, keys)))).filter((row) => row !== null)
    await runInserts(
      db,
      packJsonLists(sealed).map((list) => replaceAll(db, list)),
    )
    for (const { key_id } of rows) if (!keys.byId.has(key_id)) missing.add(key_id)
    rotated += sealed.length
    unreadable += rows.length - sealed.length
    after = rows.at(-1) ?? after
    if (rows.length < SECRETS_PER_ROTATION_STEP) break
  }
  const [left] = await db
    .select({ rows: count() })
    .from(secrets)
    .where(isStale(keys, request.communityId, after))
  const remaining = left?.rows ?? 0
  return { keyId: keys.first.id, rotated, unreadable, missingKeyIds: [...missing], remaining, next: remaining > 0 ? after : null }
}

const isStale = ({ first }: SecretKeys, communityId: string | null, after: SecretPlace | null): SQL | undefined =>
  and(
    ne(secrets.key_id, first.id),
    communityId === null ? undefined : eq(secrets.community_id, communityId),
    after === null ? undefined : sql`(${secrets.community_id}, ${secrets.name}) > (${after.community_id}, ${after.name})`,
  )

const nextRows = (db: DrizzleD1Database, where: SQL | undefined): Promise<SealedSecret[]> =>
  db.select().from(secrets).where(where).orderBy(asc(secrets.community_id), asc(secrets.name)).limit(SECRETS_PER_ROTATION_STEP)

/** Null where it does not open. */
async function sealAgain(row: SealedSecret, keys: SecretKeys): Promise<(SealedSecret & { readonly before: string }) | null> {
  try {
    return { ...(await sealSecret(row, await openSecret(row, keys), keys.first)), before: row.ciphertext }
  } catch (thrown) {
    if (thrown instanceof SecretUnreadableError) return null
    throw thrown
  }
}

/** Of rows that are still as they were read. */
const replaceAll = (db: DrizzleD1Database, list: string) =>
  db
    .update(secrets)
    .set({ key_id: sql`fresh.value ->> 'key_id'`, ciphertext: sql`fresh.value ->> 'ciphertext'` })
    .from(sql`json_each(${list}) AS fresh`)
    .where(
      and(
        sql`${secrets.community_id} = fresh.value ->> 'community_id'`,
        sql`${secrets.name} = fresh.value ->> 'name'`,
        sql`${secrets.ciphertext} = fresh.value ->> 'before'`,
      ),
    )
