// Shows a stored workflow: its definition, with what the server knows about this version of it.
import { createRoute, z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { storedWorkflowSchema, viewStored } from '../workflow-body.ts'

const querySchema = communityQuerySchema.extend({
  version: z.coerce.number().int().min(1).optional().openapi({ type: 'integer', description: 'Absent: the latest.' }),
})

const route = createRoute({
  method: 'get',
  path: '/api/v1/workflows/{id}',
  tags: ['Workflows'],
  summary: 'Read a workflow',
  request: { params: idParamsSchema, query: querySchema },
  responses: answers({ 200: { description: 'The workflow', schema: storedWorkflowSchema } }),
})

export const getWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const { community_id, version } = c.req.valid('query')
    const stored = await deps.workflows.get(resolveCommunity(c.get('identity'), community_id), id, version)
    if (stored === null) throw workflowNotFound(id, version)
    return succeed(c, viewStored(stored))
  })
}
