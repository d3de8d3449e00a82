// Resumes a paused execution, first with what came due in between.
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import { controlBodySchema, controlExecution, controlledSchema } from '../control-execution.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const route = apiRoute(
  { action: 'resume_execution', scope: 'execute', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/resume',
    tags: ['Control'],
    summary: 'Resume a paused execution',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(controlBodySchema, 'May be empty') },
    refuses: ['CONFLICT'],
    responses: answers({ 200: { description: 'Where the execution stands now', schema: controlledSchema } }),
  },
)

export const resumeExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    const order = { executionId: c.req.valid('param').id, communityId }
    const data = await controlExecution(deps, order, { type: 'resume', by: identity.user })
    return succeed(c, data, { message: 'Execution resumed' })
  })
}
