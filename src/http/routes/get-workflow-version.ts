// Shows one version of a stored workflow.
import { answers } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema } from '../schema.ts'
import { storedWorkflowSchema } from '../workflow-body.ts'
import { answerVersion, versionParamsSchema } from '../workflow-version.ts'

const route = apiRoute(
  { action: 'get_workflow_version', scope: 'view', on: 'workflow' },
  {
    method: 'get',
    path: '/api/v1/workflows/{id}/versions/{version}',
    tags: ['Workflows'],
    summary: 'Read one version of a workflow',
    request: { params: versionParamsSchema, query: communityQuerySchema },
    sends: ['ETag'],
    responses: answers({ 200: { description: 'That version', schema: storedWorkflowSchema } }),
  },
)

export const getWorkflowVersion: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id, version } = c.req.valid('param')
    const stored = await deps.workflows.get(resolveCommunity(c.get('identity'), c.req.valid('query').community_id), id, version)
    if (stored === null) throw workflowNotFound(id, version)
    return answerVersion(c, stored)
  })
}
