// Shows a stored workflow: its definition, with what the server knows about this version of it.
import { answers } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { storedWorkflowSchema } from '../workflow-body.ts'
import { answerVersion, versionSchema } from '../workflow-version.ts'

const querySchema = communityQuerySchema.extend({
  version: versionSchema.optional().openapi({ description: 'Absent: the latest.' }),
})

const route = apiRoute(
  { action: 'get_workflow', scope: 'view', on: 'workflow' },
  {
    method: 'get',
    path: '/api/v1/workflows/{id}',
    tags: ['Workflows'],
    summary: 'Read a workflow',
    request: { params: idParamsSchema, query: querySchema },
    sends: ['ETag'],
    responses: answers({ 200: { description: 'The workflow', schema: storedWorkflowSchema } }),
  },
)

export const getWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const { community_id, version } = c.req.valid('query')
    const stored = await deps.workflows.get(resolveCommunity(c.get('identity'), community_id), id, version)
    if (stored === null) throw workflowNotFound(id, version)
    return answerVersion(c, stored)
  })
}
