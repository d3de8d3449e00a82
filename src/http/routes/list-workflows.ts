// Lists the stored workflows of a community, without their definitions.
import { z } from '@hono/zod-openapi'
import { isoTime } from '../../history/iso-time.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { pageQuerySchema, paginate, readPage } from '../pages.ts'
import { communityQuerySchema } from '../schema.ts'

const itemSchema = z.object({
  workflow_id: z.string(),
  version: z.int(),
  config_hash: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
  updated_at: z.iso.datetime(),
})

const route = apiRoute(
  { action: 'list_workflows', scope: 'view' },
  {
    method: 'get',
    path: '/api/v1/workflows',
    tags: ['Workflows'],
    summary: 'List workflows',
    request: { query: communityQuerySchema.extend(pageQuerySchema.shape) },
    responses: answers({ 200: { description: 'By id, ascending', schema: z.array(itemSchema) } }),
  },
)

export const listWorkflows: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const query = c.req.valid('query')
    const page = readPage(query)
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, query.community_id)
    const { items, total } = await deps.workflows.list(communityId, page, deps.guard.reachOf(identity, 'can_view'))
    const data = items.map((item) => ({ ...item, created_at: isoTime(item.created_at), updated_at: isoTime(item.updated_at) }))
    return succeed(c, data, { meta: paginate(page, total) })
  })
}
