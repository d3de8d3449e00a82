// `webhook`: tells somebody else's server that something happened, signed, so that it knows who says so. Runs in the Runner.
import { z } from 'zod'
import type { AttemptContext, AttemptResult, HandedOffNodeType } from '../core/node-type.ts'
import { webhookSignature } from '../core/webhook-signature.ts'
import { answerOutput, makeCall } from './http-call.ts'
import { callFields } from './http-request-config.ts'
import { syntheticAnswer } from './synthetic-answer.ts'

const secretRule = `webhook node requires 'secret': the text that its receiver knows, too, of at least 6 characters`

const webhookConfig = z.looseObject({
  method: z.literal('POST', { error: 'a webhook is a POST; `http-request` has the other methods' }).default('POST'),
  ...callFields,
  /** What is shorter is not redacted either. */
  secret: z.string({ error: secretRule }).min(6, { error: secretRule }),
})

export const webhook: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'webhook',
  aliases: [],
  summary: 'Posts to a URL, signed with a secret in X-Millrace-Signature. Gives { status, headers, body }.',
  config: webhookConfig,
  expressions: [],
  deferred: [],
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  takesSecrets: true,
  example: {
    url: 'https://partner.example.com/hooks/orders',
    body: { order: '{{ inputs.order_id }}', status: 'shipped' },
    secret: 'whsec_0123456789abcdef',
  },
  syntheticOutput: syntheticAnswer,
  run: (config, context) => post(webhookConfig.parse(config), context),
}

async function post({ secret, ...call }: z.output<typeof webhookConfig>, context: AttemptContext): Promise<AttemptResult> {
  context.conceal(secret)
  // A redirect would turn the POST into a GET, or take what is signed elsewhere.
  const answer = await makeCall(call, context, {
    redirect: 'manual',
    // The same for every delivery of an attempt.
    extraHeaders: (data) => ({ 'x-millrace-signature': webhookSignature(secret, context.startedAt, data ?? '') }),
  })
  return { kind: 'completed', output: answerOutput(answer) }
}
