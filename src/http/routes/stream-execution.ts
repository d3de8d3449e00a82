// Upgrades to the WebSocket on which an execution's object sends its events.
import { createRoute, z } from '@hono/zod-openapi'
import { answers } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError, executionNotFound } from '../errors.ts'
import { eventQuerySchema, levelQuerySchema } from '../event-pages.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { streamRequest } from '../stream-request.ts'

const { after } = eventQuerySchema.shape
const querySchema = communityQuerySchema.extend({ after, level: levelQuerySchema, node_id: z.string().optional() })

const route = createRoute({
  method: 'get',
  path: '/api/v1/executions/{id}/logs/stream',
  tags: ['Executions'],
  summary: 'Follow an execution over a WebSocket',
  request: { params: idParamsSchema, query: querySchema },
  responses: { ...answers({}), 101: { description: 'Events as JSON text frames, then `{ "type": "end" }` and close 1000' } },
})

export const streamExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    if (c.req.header('Upgrade')?.toLowerCase() !== 'websocket') {
      throw new ApiError('UPGRADE_REQUIRED', 'This is a WebSocket: send `Upgrade: websocket`, or read /events as pages')
    }
    const { id } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    const answer = await deps.execution(id).fetch(streamRequest(c.req.raw, communityId))
    if (answer.status === 404) throw executionNotFound(id)
    if (answer.status === 429) throw new ApiError('RATE_LIMITED', 'Too many listen to this execution already. Try again later.')
    return answer
  })
}
