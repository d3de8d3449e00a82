// Starts an execution of a stored workflow or of an inline definition.
import { jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { START_HEADERS } from '../reference/headers.ts'
import { communityQuerySchema } from '../schema.ts'
import { answerStart, startAnswers } from '../start/answer-start.ts'
import { findTarget } from '../start/find-target.ts'
import { namedStartSchema } from '../start/start-body.ts'

const route = apiRoute(
  { action: 'create_execution', scope: 'execute' },
  {
    method: 'post',
    path: '/api/v1/executions',
    tags: ['Executions'],
    summary: 'Start a stored workflow or an inline definition',
    request: { query: communityQuerySchema, body: jsonBody(namedStartSchema) },
    refuses: ['NOT_SUPPORTED', 'VALIDATION_FAILED', 'WORKFLOW_NOT_FOUND', 'IDEMPOTENCY_CONFLICT'],
    reads: START_HEADERS,
    sends: ['X-Execution-ID', 'Idempotent-Replay'],
    responses: startAnswers,
  },
)

export const createExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    return answerStart(c, deps, { body, communityId, target: await findTarget(deps, body, { identity, communityId }) })
  })
}
