// Gives a key a new text under the same id: grants, scopes and user stay. The text before stays good for a while.
import { z } from '@hono/zod-openapi'
import { drawKey } from '../access/api-key.ts'
import { newKeySchema, viewKey } from '../access/key-view.ts'
import { refuseForeignScopes } from '../access/refuse-foreign-scopes.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { sha256Hex } from '../digest.ts'
import { ApiError } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { DEFAULT_OVERLAP_SECONDS, MAX_OVERLAP_SECONDS } from '../limits.ts'
import { communityIdSchema, communityQuerySchema, idParamsSchema } from '../schema.ts'

const bodySchema = z.strictObject({
  overlap_seconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(DEFAULT_OVERLAP_SECONDS).openapi({
    description: 'How long the key before stays good beside the new one.',
  }),
  community_id: communityIdSchema.optional(),
})

const route = apiRoute(
  { action: 'rotate_api_key', scope: 'admin' },
  {
    method: 'post',
    path: '/api/v1/admin/api-keys/{id}/rotate',
    tags: ['Administration'],
    summary: 'Rotate an API key',
    description: 'Of an earlier rotation nothing stays good: two texts at most are.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema, 'May be empty') },
    refuses: ['NOT_FOUND'],
    responses: answers({ 200: { description: '`key` is shown this once', schema: newKeySchema } }),
  },
)

export const rotateApiKey: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    const before = await deps.apiKeys.find(id)
    if (before?.community_id === communityId) refuseForeignScopes(identity, before.scopes)
    const now = deps.clock()
    const key = drawKey(id)
    const rotation = { hash: await sha256Hex(key), previousUntil: now + body.overlap_seconds * 1000, now }
    const rotated = await deps.apiKeys.rotate(communityId, id, rotation)
    if (rotated === null) throw new ApiError('NOT_FOUND', `There is no API key ${id} that can be rotated`)
    c.header('Cache-Control', 'no-store')
    return succeed(c, { ...viewKey(rotated, now), key }, { message: 'API key rotated: keep it, it is not shown again' })
  })
}
