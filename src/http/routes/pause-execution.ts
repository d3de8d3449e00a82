// Pauses an execution: what runs settles, nothing new begins.
import { z } from '@hono/zod-openapi'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import { controlBodySchema, controlExecution, controlledSchema } from '../control-execution.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { MAX_CANCEL_REASON_LENGTH } from '../limits.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const bodySchema = controlBodySchema.extend({ reason: z.string().max(MAX_CANCEL_REASON_LENGTH).optional() })

const route = apiRoute(
  { action: 'pause_execution', scope: 'execute', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/pause',
    tags: ['Control'],
    summary: 'Pause an execution',
    description:
      'What runs settles, nothing new begins; timers keep their moment and take effect on resume. The time limit stands still.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema, 'May be empty') },
    refuses: ['CONFLICT'],
    responses: answers({ 200: { description: 'Where the execution stands now', schema: controlledSchema } }),
  },
)

export const pauseExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    const order = { executionId: c.req.valid('param').id, communityId }
    const data = await controlExecution(deps, order, { type: 'pause', by: identity.user, reason: body.reason ?? null })
    return succeed(c, data, { message: 'Execution paused' })
  })
}
