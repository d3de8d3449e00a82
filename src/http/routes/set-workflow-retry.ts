// Sets a workflow's default retry policy, as a new version.
import { jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema, jsonObjectSchema } from '../schema.ts'
import { newVersion } from '../workflow-body.ts'
import { answerVersion, saveVersion, versionAnswers } from '../workflow-version.ts'

const route = apiRoute(
  { action: 'set_workflow_retry', scope: 'edit', on: 'workflow' },
  {
    method: 'put',
    path: '/api/v1/workflows/{id}/retry',
    tags: ['Workflows'],
    summary: 'Set the default retry policy, as a new version',
    request: {
      params: idParamsSchema,
      query: communityQuerySchema,
      body: jsonBody(jsonObjectSchema, 'A retry policy: `{ "strategy": "exponential", "max_attempts": 5 }`'),
    },
    refuses: ['NOT_SUPPORTED', 'VALIDATION_FAILED', 'PRECONDITION_FAILED'],
    reads: ['If-Match'],
    sends: ['ETag'],
    responses: versionAnswers,
  },
)

export const setWorkflowRetry: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, c.req.valid('query').community_id)
    const current = await deps.workflows.get(communityId, id)
    if (current === null) throw workflowNotFound(id)
    const settings = { ...current.definition.settings, retry: c.req.valid('json') }
    const { definition } = await deps.checkDefinition({ ...current.definition, settings }, '')
    const version = newVersion({ communityId, workflowId: id }, definition, identity, deps.clock())
    return answerVersion(c, await saveVersion(c, deps, version, current.version), { message: 'Retry policy updated' })
  })
}
