// Encrypts secrets anew with the first key of the deployment, so that an old key can be taken away.
import { z } from '@hono/zod-openapi'
import { MAX_SECRETS_PER_ROTATION } from '../../core/limits.ts'
import { formatSecretCursor, parseSecretCursor } from '../../history/secret-cursor.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema } from '../schema.ts'

const querySchema = communityQuerySchema.extend({
  after: z.string().optional().openapi({ description: '`meta.next` of the call before' }),
})

const resultSchema = z
  .object({
    key_id: z.string().openapi({ description: 'The first key' }),
    rotated: z.int().openapi({ description: 'Encrypted with it by this call' }),
    unreadable: z.int().openapi({ description: 'Left as they are: their key is gone, or does not open them' }),
    missing_key_ids: z.array(z.string()).openapi({ description: 'Keys of theirs that the deployment does not have' }),
    remaining: z.int().openapi({ description: 'Not looked at: go on with `meta.next`' }),
  })
  .openapi('SecretRotation')

const route = apiRoute(
  { action: 'rotate_secrets', scope: 'admin' },
  {
    method: 'post',
    path: '/api/v1/admin/secrets/rotate',
    tags: ['Administration'],
    summary: 'Encrypt secrets with the first key',
    description: `At most ${MAX_SECRETS_PER_ROTATION} of them in one call. The operator's key rotates those of all communities, unless it names one.`,
    request: { query: querySchema },
    responses: answers({ 200: { description: 'What was done, and what is left', schema: resultSchema } }),
  },
)

export const rotateSecrets: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { community_id: named, after } = c.req.valid('query')
    const place = after === undefined ? null : parseSecretCursor(after)
    if (after !== undefined && place === null) throw badRequest('after', '`after` is no cursor of this list')
    const identity = c.get('identity')
    const isAll = identity.isAdmin && named === undefined
    const communityId = isAll ? null : resolveCommunity(identity, named)
    const { keyId, missingKeyIds, next, ...counts } = await deps.secrets.rotate({ communityId, after: place })
    const data = { key_id: keyId, ...counts, missing_key_ids: missingKeyIds }
    return succeed(c, data, { meta: { next: next && formatSecretCursor(next) } })
  })
}
