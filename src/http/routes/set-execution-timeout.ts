// Changes the time limit of an open execution.
import { z } from '@hono/zod-openapi'
import { MAX_EXECUTION_TIMEOUT_SECONDS } from '../../core/limits.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import { controlBodySchema, controlExecution, controlledSchema } from '../control-execution.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const bodySchema = controlBodySchema.extend({
  timeout_seconds: z.number().min(1).max(MAX_EXECUTION_TIMEOUT_SECONDS).nullable().openapi({ description: 'Null: no limit' }),
})

const route = apiRoute(
  { action: 'set_execution_timeout', scope: 'execute', on: 'execution' },
  {
    method: 'put',
    path: '/api/v1/executions/{id}/timeout',
    tags: ['Control'],
    summary: 'Change the time limit of an open execution',
    description: 'Counted as before, from the first node, pauses left out. A limit that has passed already ends it at once.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema) },
    refuses: ['CONFLICT'],
    responses: answers({ 200: { description: 'Where the execution stands now', schema: controlledSchema } }),
  },
)

export const setExecutionTimeout: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { community_id, timeout_seconds: seconds } = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, community_id, c.req.valid('query').community_id)
    const order = { executionId: c.req.valid('param').id, communityId }
    const data = await controlExecution(deps, order, { type: 'set_timeout', by: identity.user, seconds })
    return succeed(c, data, { message: seconds === null ? 'Time limit removed' : 'Time limit set' })
  })
}
