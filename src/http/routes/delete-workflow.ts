// Deletes a workflow. Its executions stay, and go on.
import { createRoute, z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const route = createRoute({
  method: 'delete',
  path: '/api/v1/workflows/{id}',
  tags: ['Workflows'],
  summary: 'Delete a workflow; its executions stay',
  request: { params: idParamsSchema, query: communityQuerySchema },
  responses: answers({ 200: { description: 'It is gone', schema: z.object({ workflow_id: z.string() }) } }),
})

export const deleteWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    if (!(await deps.workflows.remove(communityId, id, deps.clock()))) throw workflowNotFound(id)
    return succeed(c, { workflow_id: id }, { message: 'Workflow deleted' })
  })
}
