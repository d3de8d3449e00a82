// Delivers an outside event to the node of an execution that waits for it.
import { z } from '@hono/zod-openapi'
import { jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema, jsonValueSchema } from '../schema.ts'
import { readIdempotencyKey } from '../start/idempotency-key.ts'
import { answerSignal, signalAnswers } from '../waiting/deliver-signal.ts'

const paramsSchema = idParamsSchema.extend({ name: z.string().openapi({ param: { name: 'name', in: 'path' } }) })

const route = apiRoute(
  { action: 'send_signal', scope: 'execute', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/signals/{name}',
    tags: ['Waiting'],
    summary: 'Deliver an event to an execution',
    description: 'An `Idempotency-Key` makes a repeat change nothing.',
    request: { params: paramsSchema, query: communityQuerySchema, body: jsonBody(jsonValueSchema, 'The payload; none is null') },
    refuses: ['NOT_FOUND', 'CONFLICT'],
    reads: ['Idempotency-Key'],
    sends: ['Idempotent-Replay'],
    responses: signalAnswers,
  },
)

export const sendSignal: AddRoute = (app, deps) => {
  app.openapi(route, (c) => {
    const { id, name } = c.req.valid('param')
    const identity = c.get('identity')
    return answerSignal(c, deps, {
      executionId: id,
      communityId: resolveCommunity(identity, c.req.valid('query').community_id),
      name,
      payload: c.req.valid('json'),
      key: readIdempotencyKey(c.req.header('Idempotency-Key') ?? null),
      by: identity.user,
    })
  })
}
