// Lists the keys of a community by their prefixes.
import { z } from '@hono/zod-openapi'
import { apiKeySchema, viewKey } from '../access/key-view.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { pageQuerySchema, paginate, readPage } from '../pages.ts'
import { communityQuerySchema } from '../schema.ts'

const route = apiRoute(
  { action: 'list_api_keys', scope: 'admin' },
  {
    method: 'get',
    path: '/api/v1/admin/api-keys',
    tags: ['Administration'],
    summary: 'List API keys',
    request: { query: communityQuerySchema.extend(pageQuerySchema.shape) },
    responses: answers({
      200: { description: 'Newest first, also those that are good no more', schema: z.array(apiKeySchema) },
    }),
  },
)

export const listApiKeys: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const query = c.req.valid('query')
    const page = readPage(query)
    const { items, total } = await deps.apiKeys.list(resolveCommunity(c.get('identity'), query.community_id), page)
    const now = deps.clock()
    return succeed(
      c,
      items.map((key) => viewKey(key, now)),
      { meta: paginate(page, total) },
    )
  })
}
