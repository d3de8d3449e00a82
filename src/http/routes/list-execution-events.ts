// The events of an execution as pages, from any sequence number.
import { z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest, executionNotFound } from '../errors.ts'
import { eventQuerySchema, eventSchema, levelQuerySchema, nodeQuerySchema } from '../event-pages.ts'
import { eventSource } from '../event-source.ts'
import { resolveCommunity } from '../identity.ts'
import { openStream } from '../open-stream.ts'
import { idParamsSchema, streamTokenSchema } from '../schema.ts'
import { searchLogs } from '../search-logs.ts'

const querySchema = eventQuerySchema.extend({ level: levelQuerySchema, node_id: nodeQuerySchema, token: streamTokenSchema })

const route = apiRoute(
  { action: 'list_execution_events', scope: 'view', on: 'execution', orStreamToken: true },
  {
    method: 'get',
    path: '/api/v1/executions/{id}/events',
    tags: ['Executions'],
    summary: 'Read the events of an execution',
    request: { params: idParamsSchema, query: querySchema },
    description:
      'With `Accept: text/event-stream` as Server-Sent Events, and those to come: `id` is the sequence number, `Last-Event-ID` goes on behind it (it is stronger than `after`), `event: end` is the last one. `limit` is for pages.',
    reads: ['Last-Event-ID'],
    alsoAs: 'text/event-stream',
    responses: answers({ 200: { description: '`meta.next` names the next page', schema: z.array(eventSchema) } }),
  },
)

export const listExecutionEvents: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const { community_id, after, limit, level, node_id } = c.req.valid('query')
    const communityId = resolveCommunity(c.get('identity'), community_id)
    if (c.req.header('Accept')?.includes('text/event-stream')) {
      const lastSeen = readLastEventId(c.req.header('Last-Event-ID'))
      const { webSocket } = await openStream(deps, c.req.raw, { executionId: id, communityId, after: lastSeen ?? after })
      if (webSocket === null) throw new Error('the stream of an execution came without a socket')
      return eventSource(webSocket)
    }
    const page = await searchLogs(deps.execution(id), { communityId, after, limit, level, nodeId: node_id, text: undefined })
    if (page === null) throw executionNotFound(id)
    return succeed(c, page.entries, { meta: { next: page.next } })
  })
}

/** As an EventSource sends it when it comes back. @throws ApiError for what we have not given */
function readLastEventId(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw badRequest('Last-Event-ID', `Last-Event-ID must be a sequence number, not ${text}`)
}
