// Lists the secrets of a community, without their values.
import { z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema } from '../schema.ts'
import { secretSchema, viewSecret } from '../secret-view.ts'

const route = apiRoute(
  { action: 'list_secrets', scope: 'admin' },
  {
    method: 'get',
    path: '/api/v1/admin/secrets',
    tags: ['Administration'],
    summary: 'List secrets, never their values',
    request: { query: communityQuerySchema },
    responses: answers({ 200: { description: 'All of the community, by name', schema: z.array(secretSchema) } }),
  },
)

export const listSecrets: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    return succeed(c, (await deps.secrets.list(communityId)).map(viewSecret))
  })
}
