// Shows an execution: exactly, from its object; after retention, what history keeps.
import { createRoute, z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { executionNotFound } from '../errors.ts'
import { executionSchema } from '../execution-schema.ts'
import { expiredSchema, viewExpired } from '../expired-view.ts'
import { resolveCommunity } from '../identity.ts'
import { booleanQuery, communityQuerySchema, idParamsSchema } from '../schema.ts'

const querySchema = communityQuerySchema.extend({
  include_logs: booleanQuery('include_logs', true),
  include_metrics: booleanQuery('include_metrics', false),
})

const route = createRoute({
  method: 'get',
  path: '/api/v1/executions/{id}',
  tags: ['Executions'],
  summary: 'Read an execution',
  request: { params: idParamsSchema, query: querySchema },
  responses: answers({ 200: { description: 'The execution', schema: z.union([executionSchema, expiredSchema]) } }),
})

export const getExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const query = c.req.valid('query')
    const communityId = resolveCommunity(c.get('identity'), query.community_id)
    const options = { includeLogs: query.include_logs, includeMetrics: query.include_metrics }
    const view = await deps.execution(id).get(communityId, options)
    if (view !== null) return succeed(c, view)
    const record = await deps.history.get(communityId, id)
    if (record === null) throw executionNotFound(id)
    return succeed(c, viewExpired(record))
  })
}
