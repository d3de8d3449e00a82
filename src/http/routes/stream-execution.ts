// Upgrades to the WebSocket on which an execution's object sends its events.
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { eventQuerySchema, levelQuerySchema, nodeQuerySchema } from '../event-pages.ts'
import { resolveCommunity } from '../identity.ts'
import { openStream } from '../open-stream.ts'
import { communityQuerySchema, idParamsSchema, streamTokenSchema } from '../schema.ts'

const { after } = eventQuerySchema.shape
const querySchema = communityQuerySchema.extend({
  after,
  level: levelQuerySchema,
  node_id: nodeQuerySchema,
  token: streamTokenSchema,
})

const route = apiRoute(
  { action: 'stream_execution', scope: 'view', on: 'execution', orStreamToken: true },
  {
    method: 'get',
    path: '/api/v1/executions/{id}/logs/stream',
    tags: ['Executions'],
    summary: 'Follow an execution over a WebSocket',
    description:
      'An upgrade, which OpenAPI has no words for. Frames from the server are JSON text: `Event` (first those after `after`, then as they happen), `{ "type": "delta", node_id, attempt, offset, text }` while a model speaks, at last `{ "type": "end", status, seq }`, then close 1000; a connection that closes without `end` is opened again with the last `seq` as `after`. From the client: `ping`, answered `pong`, and `more`, which asks for the next page of a long backlog at once.',
    request: { params: idParamsSchema, query: querySchema },
    refuses: ['UPGRADE_REQUIRED'],
    responses: {
      101: { description: 'Events as JSON text frames, then `{ "type": "end" }` and close 1000' },
    },
  },
)

export const streamExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    if (c.req.header('Upgrade')?.toLowerCase() !== 'websocket') {
      throw new ApiError('UPGRADE_REQUIRED', 'This is a WebSocket: send `Upgrade: websocket`, or read /events as pages')
    }
    const { id } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    return openStream(deps, c.req.raw, { executionId: id, communityId })
  })
}
