// Tells that a secret is there, since when and by whom. Its value it tells nobody.
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema } from '../schema.ts'
import { secretNotFound, secretParamsSchema, secretSchema, viewSecret } from '../secret-view.ts'

const route = apiRoute(
  { action: 'get_secret', scope: 'admin' },
  {
    method: 'get',
    path: '/api/v1/admin/secrets/{name}',
    tags: ['Administration'],
    summary: 'Look at a secret, never at its value',
    request: { params: secretParamsSchema, query: communityQuerySchema },
    refuses: ['NOT_FOUND'],
    responses: answers({ 200: { description: 'The secret without its value', schema: secretSchema } }),
  },
)

export const getSecret: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { name } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    const secret = await deps.secrets.get(communityId, name)
    if (secret === null) throw secretNotFound(name)
    return succeed(c, viewSecret(secret))
  })
}
