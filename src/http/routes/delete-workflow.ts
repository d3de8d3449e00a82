// Deletes a workflow. Its executions stay, and go on.
import { z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { readIfMatch, versionChanged } from '../workflow-version.ts'

const route = apiRoute(
  { action: 'delete_workflow', scope: 'edit', on: 'workflow' },
  {
    method: 'delete',
    path: '/api/v1/workflows/{id}',
    tags: ['Workflows'],
    summary: 'Delete a workflow; its executions stay',
    request: { params: idParamsSchema, query: communityQuerySchema },
    refuses: ['PRECONDITION_FAILED'],
    reads: ['If-Match'],
    responses: answers({ 200: { description: 'It is gone', schema: z.object({ workflow_id: z.string() }) } }),
  },
)

export const deleteWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    const expected = readIfMatch(c)
    if (!(await deps.workflows.remove(communityId, id, deps.clock(), expected))) {
      const current = await deps.workflows.get(communityId, id)
      throw current === null ? workflowNotFound(id) : versionChanged(id, current.version)
    }
    return succeed(c, { workflow_id: id }, { message: 'Workflow deleted' })
  })
}
