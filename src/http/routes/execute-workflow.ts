// Starts an execution of a stored workflow.
import { jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { START_HEADERS } from '../reference/headers.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { answerStart, startAnswers } from '../start/answer-start.ts'
import { storedTarget } from '../start/find-workflow.ts'
import { startBodySchema } from '../start/start-body.ts'

const route = apiRoute(
  { action: 'execute_workflow', scope: 'execute', on: 'workflow' },
  {
    method: 'post',
    path: '/api/v1/workflows/{id}/execute',
    tags: ['Executions'],
    summary: 'Start a stored workflow',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(startBodySchema) },
    refuses: ['VALIDATION_FAILED', 'IDEMPOTENCY_CONFLICT'],
    reads: START_HEADERS,
    sends: ['X-Execution-ID', 'Idempotent-Replay'],
    responses: startAnswers,
  },
)

export const executeWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const communityId = resolveCommunity(c.get('identity'), body.community_id, c.req.valid('query').community_id)
    const stored = await deps.findWorkflow(communityId, c.req.valid('param').id, body.version)
    return answerStart(c, deps, { body, communityId, target: storedTarget(stored, body.version) })
  })
}
