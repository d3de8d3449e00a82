// Gives stored workflows away, as `POST /workflows/import` takes them, here or elsewhere.
import { z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { MAX_EXPORTED_PER_PAGE } from '../limits.ts'
import { pageQuerySchema, paginate, readPage } from '../pages.ts'
import { communityQuerySchema, integerQuery } from '../schema.ts'
import { storedWorkflowSchema, viewStored } from '../workflow-body.ts'

const PER_PAGE = `per_page must be between 1 and ${MAX_EXPORTED_PER_PAGE}`

const querySchema = communityQuerySchema.extend({
  page: pageQuerySchema.shape.page,
  per_page: integerQuery({
    min: 1,
    max: MAX_EXPORTED_PER_PAGE,
    byDefault: MAX_EXPORTED_PER_PAGE,
    notInteger: PER_PAGE,
    outOfBounds: PER_PAGE,
  }),
})

const route = apiRoute(
  { action: 'export_workflows', scope: 'view' },
  {
    method: 'get',
    path: '/api/v1/workflows/export',
    tags: ['Workflows'],
    summary: 'Export workflows',
    description: 'The latest versions. Secrets are not in them: a definition only names those.',
    request: { query: querySchema },
    responses: answers({
      200: { description: 'By id, ascending', schema: z.object({ workflows: z.array(storedWorkflowSchema) }) },
    }),
  },
)

export const exportWorkflows: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const query = c.req.valid('query')
    const identity = c.get('identity')
    const page = readPage(query)
    const communityId = resolveCommunity(identity, query.community_id)
    const { items, total } = await deps.workflows.definitions(communityId, page, deps.guard.reachOf(identity, 'can_view'))
    return succeed(c, { workflows: items.map(viewStored) }, { meta: paginate(page, total) })
  })
}
