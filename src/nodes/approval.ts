// `approval`: holds the execution until somebody approves or rejects, by a signed link that answers once.
import { z } from 'zod'
import { inlineNode } from './inline-node.ts'
import { waitsUntil, waitTimeoutField } from './wait-timeout.ts'

const promptRule = `approval node requires 'prompt': what is to be approved, as text`

export const approval = inlineNode({
  type: 'approval',
  summary: 'Waits for a person to approve or reject; gives { decision, by, via, at, comment, form }.',
  config: z.looseObject({
    prompt: z.string({ error: promptRule }).regex(/\S/, { error: promptRule }),
    form: z.looseObject({}, { error: `'form' must be a JSON Schema, which the answer's form is checked with` }).optional(),
    timeout_seconds: waitTimeoutField,
  }),
  deferred: ['form'],
  ports: () => ['approved', 'rejected', 'timeout'],
  continuePort: null,
  example: { prompt: 'Refund {{ inputs.amount }} to {{ inputs.customer }}?', timeout_seconds: 259_200 },
  run: ({ prompt, timeout_seconds: seconds }, { now }) => ({
    kind: 'waiting',
    resumeAt: waitsUntil(seconds, now),
    on: { kind: 'approval', prompt },
  }),
})
