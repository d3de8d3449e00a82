// Lists the executions of a workflow, by numbered pages.
import { z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { fieldsQuery, pickFields } from '../fields.ts'
import { resolveCommunity } from '../identity.ts'
import { knownParameters } from '../known-parameters.ts'
import { executionItemSchema, listedExecution } from '../listed-execution.ts'
import { pageQuerySchema, paginate, readPage } from '../pages.ts'
import { communityQuerySchema, idParamsSchema, momentQuery, wordQuery } from '../schema.ts'
import { statusQuerySchema } from '../status-filter.ts'

const parameters = communityQuerySchema.extend({
  ...pageQuerySchema.shape,
  status: statusQuerySchema.optional(),
  sort_by: wordQuery(['start_time', 'status', 'execution_time'], (text) => `Invalid sort_by: ${text}`).optional(),
  sort_order: wordQuery(['asc', 'desc'], (text) => `Invalid sort_order: ${text}`).optional(),
  from: momentQuery('from').optional(),
  to: momentQuery('to').optional(),
  fields: fieldsQuery(Object.keys(executionItemSchema.shape)),
})

const querySchema = parameters.loose().superRefine(knownParameters(parameters.shape))

const route = apiRoute(
  { action: 'list_workflow_executions', scope: 'view' },
  {
    method: 'get',
    path: '/api/v1/workflows/{id}/executions',
    tags: ['Executions'],
    summary: 'List the executions of a workflow',
    request: { params: idParamsSchema, query: querySchema },
    refuses: ['WORKFLOW_NOT_FOUND'],
    responses: answers({ 200: { description: 'Newest first unless asked otherwise', schema: z.array(executionItemSchema) } }),
  },
)

export const listWorkflowExecutions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const query = c.req.valid('query')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, query.community_id)
    // A label of inline definitions is nobody's: of these each caller sees the own ones.
    await deps.guard.requireLabel(identity, communityId, id, 'can_view')
    const page = readPage(query)
    const { items, total } = await deps.history.list({
      ...page,
      communityId,
      workflowId: id,
      reach: deps.guard.reachOf(identity, 'can_view'),
      statuses: query.status,
      from: query.from,
      to: query.to,
      sortBy: query.sort_by ?? 'start_time',
      sortOrder: query.sort_order ?? 'desc',
      now: deps.clock(),
    })
    // The executions of a deleted workflow stay listed.
    if (total === 0 && (await deps.workflows.get(communityId, id)) === null) throw workflowNotFound(id)
    return succeed(
      c,
      items.map((item) => pickFields(listedExecution(item), query.fields)),
      { meta: paginate(page, total) },
    )
  })
}
