// Shows an execution: exactly, from its object; after retention, what history keeps.
import { z } from '@hono/zod-openapi'
import type { ViewOptions } from '../../execution/contract.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { executionNotFound } from '../errors.ts'
import { executionSchema } from '../execution-schema.ts'
import { expiredSchema, viewExpired } from '../expired-view.ts'
import { fieldsQuery, pickFields } from '../fields.ts'
import { resolveCommunity } from '../identity.ts'
import { booleanQuery, communityQuerySchema, idParamsSchema } from '../schema.ts'

const querySchema = communityQuerySchema.extend({
  include_logs: booleanQuery('include_logs', true),
  include_metrics: booleanQuery('include_metrics', false),
  fields: fieldsQuery([...new Set([...Object.keys(executionSchema.shape), ...Object.keys(expiredSchema.shape)])]),
})
type Query = z.infer<typeof querySchema>

const route = apiRoute(
  { action: 'get_execution_details', scope: 'view', on: 'execution' },
  {
    method: 'get',
    path: '/api/v1/executions/{id}',
    tags: ['Executions'],
    summary: 'Read an execution',
    request: { params: idParamsSchema, query: querySchema },
    responses: answers({ 200: { description: 'The execution', schema: z.union([executionSchema, expiredSchema]) } }),
  },
)

export const getExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const query = c.req.valid('query')
    const communityId = resolveCommunity(c.get('identity'), query.community_id)
    const view = await deps.execution(id).get(communityId, viewOptions(query))
    if (view !== null) return succeed(c, pickFields(view, query.fields))
    const record = await deps.history.get(communityId, id)
    if (record === null) throw executionNotFound(id)
    return succeed(c, pickFields(viewExpired(record), query.fields))
  })
}

/** What nobody looks at need not be made; who names the metrics wants them. */
const viewOptions = ({ include_logs, include_metrics, fields }: Query): ViewOptions => ({
  includeLogs: include_logs && (fields?.includes('logs') ?? true),
  includeMetrics: include_metrics || (fields?.includes('metrics') ?? false),
})
