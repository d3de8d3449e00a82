// A key as lists and answers show it: everything but what could be used as a key.
import { z } from '@hono/zod-openapi'
import type { StoredApiKey } from '../../history/api-key-store.ts'
import { isoTime } from '../../history/iso-time.ts'
import { SCOPES, TIERS } from '../identity.ts'
import { keyPrefix } from './api-key.ts'

const moment = z.iso.datetime().nullable()

export const apiKeySchema = z
  .object({
    id: z.string(),
    prefix: z.string().openapi({ description: 'What the key begins with.' }),
    name: z.string(),
    community_id: z.string(),
    user: z.string(),
    tier: z.enum(TIERS),
    scopes: z.array(z.enum(SCOPES)),
    status: z.enum(['active', 'expired', 'revoked']),
    created_at: z.iso.datetime(),
    created_by: z.string(),
    expires_at: moment,
    revoked_at: moment,
    rotated_at: moment,
    previous_until: moment.openapi({ description: 'Until when the key before the last rotation is good.' }),
  })
  .openapi('ApiKey')

export const newKeySchema = apiKeySchema
  .extend({ key: z.string().openapi({ description: 'The key itself. It is shown this once and kept nowhere.' }) })
  .openapi('NewApiKey')

/** @param now ms since the epoch */
export const viewKey = (key: StoredApiKey, now: number): z.infer<typeof apiKeySchema> => ({
  id: key.id,
  prefix: keyPrefix(key.id),
  name: key.name,
  community_id: key.community_id,
  user: key.user,
  tier: key.tier,
  scopes: key.scopes,
  status: statusOf(key, now),
  created_at: isoTime(key.created_at),
  created_by: key.created_by,
  expires_at: momentOf(key.expires_at),
  revoked_at: momentOf(key.revoked_at),
  rotated_at: momentOf(key.rotated_at),
  previous_until: momentOf(key.previous_until),
})

const momentOf = (at: number | null): string | null => (at === null ? null : isoTime(at))

function statusOf({ revoked_at, expires_at }: StoredApiKey, now: number): 'active' | 'expired' | 'revoked' {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && expires_at <= now ? 'expired' : 'active'
}
