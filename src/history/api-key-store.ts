// The keys of the API in D1. What is stored of a key is its digest: nobody who reads this table can use one.
import { and, count, desc, eq, isNull, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { z } from 'zod'
import { type Page, type PageRequest, pageOffset } from './page.ts'
import { apiKeys } from './schema.ts'

/** Moments in ms since the epoch. */
const apiKeyRowSchema = z.object({
  id: z.string(),
  community_id: z.string(),
  user: z.string(),
  name: z.string(),
  tier: z.enum(['standard', 'premium']),
  scopes: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(z.enum(['view', 'execute', 'edit', 'worker', 'metrics', 'admin']))),
  hash: z.string(),
  previous_hash: z.string().nullable(),
  previous_until: z.int().nullable(),
  created_at: z.int(),
  created_by: z.string(),
  rotated_at: z.int().nullable(),
  expires_at: z.int().nullable(),
  revoked_at: z.int().nullable(),
})
export type StoredApiKey = z.infer<typeof apiKeyRowSchema>

export interface KeyRotation {
  readonly hash: string
  /** Until when the key before is good. */
  readonly previousUntil: number
  readonly now: number
}

export interface ApiKeyStore {
  /** Of any community: ids are unique. Null where there is none. */
  find(id: string): Promise<StoredApiKey | null>
  /** Those of the ids that are keys of the community. */
  known(communityId: string, ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Newest first, those that are good no more included. */
  list(communityId: string, page: PageRequest): Promise<Page<StoredApiKey>>
  create(key: StoredApiKey): Promise<void>
  /** Null where the community has no such key, or it is revoked. */
  rotate(communityId: string, id: string, rotation: KeyRotation): Promise<StoredApiKey | null>
  /** Repeating it changes nothing. Null where the community has no such key. */
  revoke(communityId: string, id: string, now: number): Promise<StoredApiKey | null>
}

export function createApiKeyStore(database: D1Database): ApiKeyStore {
  const db = drizzle(database)
  const isKey = (communityId: string, id: string) => and(eq(apiKeys.id, id), eq(apiKeys.community_id, communityId))
  const read = ([row]: readonly (typeof apiKeys.$inferSelect)[]) => (row === undefined ? null : apiKeyRowSchema.parse(row))
  const get = async (communityId: string, id: string) => read(await db.select().from(apiKeys).where(isKey(communityId, id)))

  return {
    find: async (id) => read(await db.select().from(apiKeys).where(eq(apiKeys.id, id))),

    async known(communityId, ids) {
      const isOneOf = sql`${apiKeys.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`
      const isOfCommunity = eq(apiKeys.community_id, communityId)
      const rows = await db.select({ id: apiKeys.id }).from(apiKeys).where(and(isOfCommunity, isOneOf))
      return new Set(rows.map(({ id }) => id))
    },

    async list(communityId, page) {
      const isOfCommunity = eq(apiKeys.community_id, communityId)
      const [rows, [counted]] = await db.batch([
        db
          .select()
          .from(apiKeys)
          .where(isOfCommunity)
          .orderBy(desc(apiKeys.created_at), desc(apiKeys.id))
          .limit(page.perPage)
          .offset(pageOffset(page)),
        db.select({ total: count() }).from(apiKeys).where(isOfCommunity),
      ])
      return { items: rows.map((row) => apiKeyRowSchema.parse(row)), total: counted?.total ?? 0 }
    },

    async create(key) {
      await db.insert(apiKeys).values({ ...key, scopes: JSON.stringify(key.scopes) })
    },

    rotate: async (communityId, id, { hash, previousUntil, now }) =>
      read(
        await db
          .update(apiKeys)
          // In SQL the right sides are the values before.
          .set({ hash, previous_hash: sql`${apiKeys.hash}`, previous_until: previousUntil, rotated_at: now })
          .where(and(isKey(communityId, id), isNull(apiKeys.revoked_at)))
          .returning(),
      ),

    async revoke(communityId, id, now) {
      await db
        .update(apiKeys)
        .set({ revoked_at: now })
        .where(and(isKey(communityId, id), isNull(apiKeys.revoked_at)))
      return get(communityId, id)
    },
  }
}
