// Revokes a key. What it has made stays its user's.
import { apiKeySchema, viewKey } from '../access/key-view.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { FRESH_ACCESS_MS } from '../limits.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const route = apiRoute(
  { action: 'revoke_api_key', scope: 'admin' },
  {
    method: 'delete',
    path: '/api/v1/admin/api-keys/{id}',
    tags: ['Administration'],
    summary: 'Revoke an API key',
    description: `It is refused everywhere within ${FRESH_ACCESS_MS / 1000} seconds. Repeating it changes nothing.`,
    request: { params: idParamsSchema, query: communityQuerySchema },
    refuses: ['NOT_FOUND'],
    responses: answers({ 200: { description: 'It is revoked', schema: apiKeySchema } }),
  },
)

export const revokeApiKey: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    const now = deps.clock()
    const revoked = await deps.apiKeys.revoke(communityId, id, now)
    if (revoked === null) throw new ApiError('NOT_FOUND', `There is no API key ${id}`)
    return succeed(c, viewKey(revoked, now), { message: 'API key revoked' })
  })
}
