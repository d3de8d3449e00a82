// Cancels an execution that has not ended.
import { z } from '@hono/zod-openapi'
import { isoTime } from '../../history/iso-time.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest, executionNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { MAX_CANCEL_REASON_LENGTH } from '../limits.ts'
import { communityIdSchema, communityQuerySchema, idParamsSchema } from '../schema.ts'

const bodySchema = z.object({
  community_id: communityIdSchema.optional(),
  reason: z.string().max(MAX_CANCEL_REASON_LENGTH).optional(),
})

const cancelledSchema = z.object({ execution_id: z.string(), status: z.literal('cancelled'), cancelled_at: z.iso.datetime() })

const route = apiRoute(
  { action: 'cancel_execution', scope: 'execute', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/cancel',
    tags: ['Executions'],
    summary: 'Cancel an execution',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema, 'May be empty') },
    responses: answers({ 200: { description: 'It is cancelled', schema: cancelledSchema } }),
  },
)

export const cancelExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    const answer = await deps
      .execution(id)
      .control(communityId, { type: 'cancel', by: identity.user, reason: body.reason ?? null })
    if (answer.kind === 'done') {
      const data = { execution_id: id, status: 'cancelled', cancelled_at: isoTime(answer.at) }
      return succeed(c, data, { message: 'Execution cancelled successfully' })
    }
    // What history alone still knows ended long ago.
    const known = answer.kind === 'refused' || (await deps.history.get(communityId, id)) !== null
    throw known ? badRequest('id', 'Execution cannot be cancelled (not running)') : executionNotFound(id)
  })
}
