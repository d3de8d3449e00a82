// Starts an execution of a stored workflow.
import { createRoute } from '@hono/zod-openapi'
import { jsonBody } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { answerStart, startAnswers } from '../start/answer-start.ts'
import { storedTarget } from '../start/find-workflow.ts'
import { refuseUnsupportedFields, startBodySchema } from '../start/start-body.ts'

const route = createRoute({
  method: 'post',
  path: '/api/v1/workflows/{id}/execute',
  tags: ['Executions'],
  summary: 'Start a stored workflow',
  request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(startBodySchema) },
  responses: startAnswers,
})

export const executeWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    refuseUnsupportedFields(body)
    const communityId = resolveCommunity(c.get('identity'), body.community_id ?? c.req.valid('query').community_id)
    const stored = await deps.findWorkflow(communityId, c.req.valid('param').id, body.version)
    return answerStart(c, deps, { body, communityId, target: storedTarget(stored, body.version) })
  })
}
