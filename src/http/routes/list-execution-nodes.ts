// Lists the nodes of an execution in definition order.
import { createRoute, z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { executionNotFound } from '../errors.ts'
import { nodeStateSchema } from '../execution-schema.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema, wordQuery } from '../schema.ts'

const STATUSES = nodeStateSchema.shape.status.options

const route = createRoute({
  method: 'get',
  path: '/api/v1/executions/{id}/nodes',
  tags: ['Executions'],
  summary: 'List the nodes of an execution',
  request: {
    params: idParamsSchema,
    query: communityQuerySchema.extend({ status: wordQuery(STATUSES, (text) => `Invalid status: ${text}`).optional() }),
  },
  responses: answers({ 200: { description: 'In definition order', schema: z.array(nodeStateSchema) } }),
})

export const listExecutionNodes: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const { community_id, status } = c.req.valid('query')
    const communityId = resolveCommunity(c.get('identity'), community_id)
    const view = await deps.execution(id).get(communityId, { includeLogs: true, includeMetrics: false })
    if (view === null) throw executionNotFound(id)
    return succeed(
      c,
      Object.values(view.node_states).filter((node) => status === undefined || node.status === status),
    )
  })
}
