// The secrets of communities, in D1, encrypted (`sealed-secret.ts`). The administration writes and lists them, the Runner alone
// reads values. No value and no key is in any message; what a database error says are names and ciphertexts.
import { and, asc, count, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import { MAX_SECRETS } from '../core/limits.ts'
import { type RotationRequest, type RotationResult, rotateSecrets } from './rotate-secrets.ts'
import { secrets } from './schema.ts'
import { openSecret, type SealedSecret, sealSecret } from './sealed-secret.ts'
import { parseSecretKeys, type SecretKeys } from './secret-keys.ts'

/** What is shown of a secret. Moments in ms. */
export interface SecretSummary {
  readonly name: string
  readonly key_id: string
  readonly created_at: number
  readonly updated_at: number
  readonly updated_by: string
}

export interface NewSecret {
  readonly communityId: string
  readonly name: string
  readonly value: string
  readonly by: string
  readonly now: number
}

export interface StoredSecret {
  readonly summary: SecretSummary
  readonly isNew: boolean
}

/** Every method rejects with `SecretKeysError` where the deployment has no keys, so that nobody builds on what cannot be. */
export interface SecretStore {
  /** By name, ascending: all of them, which `MAX_SECRETS` bounds. */
  list(communityId: string): Promise<readonly SecretSummary[]>
  /** Null where there is none. */
  get(communityId: string, name: string): Promise<SecretSummary | null>
  /** Null where the community has as many as it may and this would be one more. */
  put(secret: NewSecret): Promise<StoredSecret | null>
  /** False where there was none. */
  remove(communityId: string, name: string): Promise<boolean>
  /** Values by name, without those that there are not. @throws SecretUnreadableError */
  reveal(communityId: string, names: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Encrypts what another key encrypted with the first key, a bounded number at a time. */
  rotate(request: RotationRequest): Promise<RotationResult>
}

/** @param keysSetting `SECRETS_KEYS` */
export function createSecretStore(database: D1Database, keysSetting: string | undefined): SecretStore {
  const db = drizzle(database)
  const keys = (): SecretKeys => parseSecretKeys(keysSetting)
  return {
    async list(communityId) {
      keys()
      return db.select(summaryColumns).from(secrets).where(eq(secrets.community_id, communityId)).orderBy(asc(secrets.name))
    },

    async get(communityId, name) {
      keys()
      const [found] = await db.select(summaryColumns).from(secrets).where(isSecret(communityId, name))
      return found ?? null
    },

    async put(secret) {
      const sealed = await sealSecret({ community_id: secret.communityId, name: secret.name }, secret.value, keys().first)
      const [[replaced], [inserted]] = await db.batch([replace(db, secret, sealed), insert(db, secret, sealed)])
      const summary = replaced ?? inserted
      return summary === undefined ? null : { summary, isNew: replaced === undefined }
    },

    async remove(communityId, name) {
      keys()
      const removed = await db.delete(secrets).where(isSecret(communityId, name)).returning({ name: secrets.name })
      return removed.length > 0
    },

    async reveal(communityId, names) {
      const present = keys()
      const named = sql`${secrets.name} IN (SELECT value FROM json_each(${JSON.stringify(names)}))`
      const rows = await db
        .select()
        .from(secrets)
        .where(and(eq(secrets.community_id, communityId), named))
      return new Map(await Promise.all(rows.map(async (row) => [row.name, await openSecret(row, present)] as const)))
    },

    rotate: async (request) => rotateSecrets(db, keys(), request),
  }
}

const { community_id: _, ciphertext: __, ...summaryColumns } = getTableColumns(secrets)

const isSecret = (communityId: string, name: string): SQL | undefined =>
  and(eq(secrets.community_id, communityId), eq(secrets.name, name))

const replace = (db: DrizzleD1Database, { communityId, name, by, now }: NewSecret, { key_id, ciphertext }: SealedSecret) =>
  db
    .update(secrets)
    .set({ key_id, ciphertext, updated_at: now, updated_by: by })
    .where(isSecret(communityId, name))
    .returning(summaryColumns)

/** Writes nothing where the statement before has, nor where it would be one too many. */
function insert(db: DrizzleD1Database, { communityId, by, now }: NewSecret, { name, key_id, ciphertext }: SealedSecret) {
  const present = db.select({ count: count() }).from(secrets).where(eq(secrets.community_id, communityId))
  return db
    .insert(secrets)
    .select(
      sql`SELECT ${communityId}, ${name}, ${key_id}, ${ciphertext}, ${now}, ${now}, ${by} WHERE (${present}) < ${MAX_SECRETS}`,
    )
    .onConflictDoNothing()
    .returning(summaryColumns)
}
