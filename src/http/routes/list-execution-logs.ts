// The log of an execution: its events by level, node and text.
import { z } from '@hono/zod-openapi'
import { LOG_LEVELS } from '../../core/node-type.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { executionNotFound } from '../errors.ts'
import { eventQuerySchema, levelQuerySchema, nodeQuerySchema } from '../event-pages.ts'
import { resolveCommunity } from '../identity.ts'
import { idParamsSchema } from '../schema.ts'
import { searchLogs } from '../search-logs.ts'

const querySchema = eventQuerySchema.extend({
  level: levelQuerySchema,
  node_id: nodeQuerySchema,
  q: z.string().optional().openapi({ description: 'Part of the message, in any case.' }),
})

const entrySchema = z.object({
  seq: z.int(),
  timestamp: z.iso.datetime(),
  level: z.enum(LOG_LEVELS),
  event: z.string(),
  node_id: z.string().nullable(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()).nullable().openapi({
    description: 'Facts beside the message; of a traced execution inputs and outputs, too, each cut at 10,240 bytes',
  }),
})

const route = apiRoute(
  { action: 'list_execution_logs', scope: 'view', on: 'execution' },
  {
    method: 'get',
    path: '/api/v1/executions/{id}/logs',
    tags: ['Executions'],
    summary: 'Read the log of an execution',
    request: { params: idParamsSchema, query: querySchema },
    responses: answers({ 200: { description: '`meta.next` names the next page', schema: z.array(entrySchema) } }),
  },
)

export const listExecutionLogs: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const { community_id, after, limit, level, node_id, q } = c.req.valid('query')
    const communityId = resolveCommunity(c.get('identity'), community_id)
    const page = await searchLogs(deps.execution(id), { communityId, after, limit, level, nodeId: node_id, text: q })
    if (page === null) throw executionNotFound(id)
    const data = page.entries.map(({ seq, at, level, event, node_id, message, data }): z.infer<typeof entrySchema> => {
      return { seq, timestamp: at, level, event, node_id: node_id ?? null, message, data: data ?? null }
    })
    return succeed(c, data, { meta: { next: page.next } })
  })
}
