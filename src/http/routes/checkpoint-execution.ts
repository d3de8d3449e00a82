// Names the present point of an execution's journal.
import { z } from '@hono/zod-openapi'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import { controlBodySchema, controlExecution, controlledSchema } from '../control-execution.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { MAX_CHECKPOINT_NAME_LENGTH } from '../limits.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const bodySchema = controlBodySchema.extend({ name: z.string().min(1).max(MAX_CHECKPOINT_NAME_LENGTH).optional() })

const route = apiRoute(
  { action: 'checkpoint_execution', scope: 'execute', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/checkpoint',
    tags: ['Control'],
    summary: 'Name the present point of an open execution',
    description:
      '`seq` of the answer is the point. Every row of the journal is a checkpoint anyway: nothing is lost without one.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema, 'May be empty') },
    refuses: ['CONFLICT'],
    responses: answers({ 200: { description: 'Where the execution stands now', schema: controlledSchema } }),
  },
)

export const checkpointExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    const order = { executionId: c.req.valid('param').id, communityId }
    const data = await controlExecution(deps, order, { type: 'checkpoint', by: identity.user, name: body.name ?? null })
    return succeed(c, data, { message: 'Checkpoint set' })
  })
}
