// Shows the definition that an execution is pinned to.
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { executionNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { workflowBodySchema } from '../workflow-body.ts'

const route = apiRoute(
  { action: 'get_execution_definition', scope: 'view', on: 'execution' },
  {
    method: 'get',
    path: '/api/v1/executions/{id}/definition',
    tags: ['Executions'],
    summary: 'Read the definition that an execution runs',
    request: { params: idParamsSchema, query: communityQuerySchema },
    responses: answers({ 200: { description: 'The definition, canonical', schema: workflowBodySchema } }),
  },
)

export const getExecutionDefinition: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    const definition = await deps.execution(id).definition(communityId)
    if (definition === null) throw executionNotFound(id)
    return succeed(c, definition)
  })
}
