// `wait-for-event`: holds the execution until an outside event comes (`POST …/signals/:name`); gives its payload.
import { z } from 'zod'
import { MAX_SIGNAL_NAME_LENGTH } from '../core/limits.ts'
import { inlineNode } from './inline-node.ts'
import { expressionField } from './schema.ts'
import { waitsUntil, waitTimeoutField } from './wait-timeout.ts'

const eventRule = `wait-for-event node requires 'event': the name of the event, 1 to ${MAX_SIGNAL_NAME_LENGTH} characters`

export const waitForEvent = inlineNode({
  type: 'wait-for-event',
  aliases: ['signal'],
  summary: 'Waits for an outside event and gives its payload; over `timeout` where none comes in time.',
  config: z.looseObject({
    event: z.string({ error: eventRule }).min(1, { error: eventRule }).max(MAX_SIGNAL_NAME_LENGTH, { error: eventRule }),
    match: expressionField(
      `'match' must be an expression over payload, such as "payload.order_id == inputs.order_id"`,
    ).optional(),
    timeout_seconds: waitTimeoutField,
  }),
  expressions: ['match'],
  ports: () => ['out', 'timeout'],
  continuePort: null,
  example: { event: 'payment-received', match: 'payload.order_id == inputs.order_id', timeout_seconds: 86_400 },
  run: ({ event, match = null, timeout_seconds: seconds }, { now }) => ({
    kind: 'waiting',
    resumeAt: waitsUntil(seconds, now),
    on: { kind: 'event', event, match },
  }),
})
