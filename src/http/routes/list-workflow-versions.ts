// Lists the versions of a workflow, newest first.
import { z } from '@hono/zod-openapi'
import { isoTime } from '../../history/iso-time.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { pageQuerySchema, paginate, readPage } from '../pages.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const itemSchema = z.object({
  version: z.int(),
  config_hash: z.string(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
})

const route = apiRoute(
  { action: 'list_workflow_versions', scope: 'view', on: 'workflow' },
  {
    method: 'get',
    path: '/api/v1/workflows/{id}/versions',
    tags: ['Workflows'],
    summary: 'List the versions of a workflow',
    request: { params: idParamsSchema, query: communityQuerySchema.extend(pageQuerySchema.shape) },
    responses: answers({ 200: { description: 'Newest first', schema: z.array(itemSchema) } }),
  },
)

export const listWorkflowVersions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const query = c.req.valid('query')
    const page = readPage(query)
    const { items, total } = await deps.workflows.versions(resolveCommunity(c.get('identity'), query.community_id), id, page)
    if (total === 0) throw workflowNotFound(id)
    const data = items.map((item) => ({ ...item, created_at: isoTime(item.created_at) }))
    return succeed(c, data, { meta: paginate(page, total) })
  })
}
