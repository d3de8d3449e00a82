// Starts an execution of a stored workflow.
import { createRoute } from '@hono/zod-openapi'
import { answers, jsonBody } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { executionSchema, startedSchema } from '../execution-schema.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { answerStart } from '../start/answer-start.ts'
import { storedTarget } from '../start/find-workflow.ts'
import { refuseUnsupportedFields, startBodySchema } from '../start/start-body.ts'

const route = createRoute({
  method: 'post',
  path: '/api/v1/workflows/{id}/execute',
  tags: ['Executions'],
  summary: 'Start a stored workflow',
  request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(startBodySchema) },
  responses: answers({
    200: { description: 'It was waited for and has ended, or the same request came before', schema: executionSchema },
    202: { description: 'It has started', schema: startedSchema },
  }),
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
