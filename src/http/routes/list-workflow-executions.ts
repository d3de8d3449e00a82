// Lists the executions of a workflow, by numbered pages.
import { createRoute, z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { executionItemSchema, listedExecution } from '../listed-execution.ts'
import { pageQuerySchema, paginate, readPage } from '../pages.ts'
import { communityQuerySchema, idParamsSchema, momentQuery, wordQuery } from '../schema.ts'
import { statusQuerySchema } from '../status-filter.ts'

const querySchema = communityQuerySchema.extend({
  ...pageQuerySchema.shape,
  status: statusQuerySchema.optional(),
  sort_by: wordQuery(['start_time', 'status', 'execution_time'], (text) => `Invalid sort_by: ${text}`).optional(),
  sort_order: wordQuery(['asc', 'desc'], (text) => `Invalid sort_order: ${text}`).optional(),
  from: momentQuery('from').optional(),
  to: momentQuery('to').optional(),
})

const route = createRoute({
  method: 'get',
  path: '/api/v1/workflows/{id}/executions',
  tags: ['Executions'],
  summary: 'List the executions of a workflow',
  request: { params: idParamsSchema, query: querySchema },
  responses: answers({ 200: { description: 'Newest first unless asked otherwise', schema: z.array(executionItemSchema) } }),
})

export const listWorkflowExecutions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const query = c.req.valid('query')
    const communityId = resolveCommunity(c.get('identity'), query.community_id)
    const page = readPage(query)
    const { items, total } = await deps.history.list({
      ...page,
      communityId,
      workflowId: id,
      statuses: query.status,
      from: query.from,
      to: query.to,
      sortBy: query.sort_by ?? 'start_time',
      sortOrder: query.sort_order ?? 'desc',
      now: deps.clock(),
    })
    // The executions of a deleted workflow stay listed.
    if (total === 0 && (await deps.workflows.get(communityId, id)) === null) throw workflowNotFound(id)
    return succeed(c, items.map(listedExecution), { meta: paginate(page, total) })
  })
}
