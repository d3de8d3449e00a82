// Deletes a secret. Nodes that name it fail with `SECRET_MISSING` from then on.
import { z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema } from '../schema.ts'
import { secretNotFound, secretParamsSchema } from '../secret-view.ts'

const route = apiRoute(
  { action: 'delete_secret', scope: 'admin' },
  {
    method: 'delete',
    path: '/api/v1/admin/secrets/{name}',
    tags: ['Administration'],
    summary: 'Delete a secret',
    request: { params: secretParamsSchema, query: communityQuerySchema },
    refuses: ['NOT_FOUND'],
    responses: answers({ 200: { description: 'It is gone', schema: z.object({ name: z.string() }) } }),
  },
)

export const deleteSecret: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { name } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    if (!(await deps.secrets.remove(communityId, name))) throw secretNotFound(name)
    return succeed(c, { name }, { message: 'Secret deleted' })
  })
}
