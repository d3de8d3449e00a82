// The events of an execution as pages, from any sequence number.
import { createRoute, z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest, executionNotFound } from '../errors.ts'
import { eventQuerySchema, eventSchema, levelQuerySchema, nodeQuerySchema } from '../event-pages.ts'
import { resolveCommunity } from '../identity.ts'
import { idParamsSchema } from '../schema.ts'
import { searchLogs } from '../search-logs.ts'

const querySchema = eventQuerySchema.extend({ level: levelQuerySchema, node_id: nodeQuerySchema })

const route = createRoute({
  method: 'get',
  path: '/api/v1/executions/{id}/events',
  tags: ['Executions'],
  summary: 'Read the events of an execution',
  request: { params: idParamsSchema, query: querySchema },
  responses: answers({ 200: { description: '`meta.next` names the next page', schema: z.array(eventSchema) } }),
})

export const listExecutionEvents: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    if (c.req.header('Accept')?.includes('text/event-stream')) {
      throw badRequest('Accept', 'Server-Sent Events are not supported yet: use logs/stream, a WebSocket', 'NOT_SUPPORTED')
    }
    const { id } = c.req.valid('param')
    const { community_id, after, limit, level, node_id } = c.req.valid('query')
    const communityId = resolveCommunity(c.get('identity'), community_id)
    const page = await searchLogs(deps.execution(id), { communityId, after, limit, level, nodeId: node_id, text: undefined })
    if (page === null) throw executionNotFound(id)
    return succeed(c, page.entries, { meta: { next: page.next } })
  })
}
