// Delivers the event that a signed link is for, to the execution that made it: what a partner's webhook calls.
import { jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { jsonValueSchema, tokenParamsSchema } from '../schema.ts'
import { readIdempotencyKey } from '../start/idempotency-key.ts'
import { answerSignal, signalAnswers } from '../waiting/deliver-signal.ts'

const route = apiRoute(
  { action: 'send_event_by_link', open: 'link' },
  {
    method: 'post',
    path: '/api/v1/events/{token}',
    tags: ['Waiting'],
    summary: 'Deliver the event of a signed link',
    description: 'The link is what `event_url("<event>")` gives. An `Idempotency-Key` makes a repeat change nothing.',
    request: { params: tokenParamsSchema, body: jsonBody(jsonValueSchema, 'The payload; none is null') },
    refuses: ['CONFLICT', 'GONE', 'RATE_LIMITED'],
    reads: ['Idempotency-Key'],
    sends: ['X-Execution-ID', 'Idempotent-Replay'],
    responses: signalAnswers,
  },
)

export const sendLinkedEvent: AddRoute = (app, deps) => {
  app.openapi(route, (c) => {
    const { executionId, event } = c.get('eventLink')
    return answerSignal(c, deps, {
      executionId,
      communityId: null,
      name: event,
      payload: c.req.valid('json'),
      key: readIdempotencyKey(c.req.header('Idempotency-Key') ?? null),
      by: 'link',
    })
  })
}
