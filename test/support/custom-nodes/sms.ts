// `sms`: sends a text message by a provider's API. Runs in the Runner.
import { z } from 'zod'
import { AttemptError } from '../../../src/core/attempt-error.ts'
import { nodeError } from '../../../src/core/node-error.ts'
import type { AttemptContext, AttemptResult, HandedOffNodeType } from '../../../src/core/node-type.ts'
import { statusFailure } from '../../../src/nodes/http-status.ts'
import { readResponseBody } from '../../../src/nodes/response-body.ts'

const smsConfig = z.looseObject({
  url: z.string({ error: `sms node requires a 'url': where the provider takes messages` }),
  api_key: z.string({ error: `sms node requires an 'api_key'` }).min(6),
  to: z.string({ error: `sms node requires a 'to' number` }),
  text: z.string({ error: `sms node requires a 'text'` }),
})

export const sms: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'sms',
  aliases: [],
  summary: 'Sends a text message. Gives { id }.',
  config: smsConfig,
  expressions: [],
  deferred: [],
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  takesSecrets: true,
  syntheticOutput: (_config, nodePath) => ({ id: `synthetic-${nodePath}` }),
  example: {
    url: 'https://sms.example.com/messages',
    api_key: '{{ secrets.sms_key }}',
    to: '{{ inputs.phone }}',
    text: 'Your order {{ inputs.order_id }} is on its way.',
  },
  run: (config, context) => send(smsConfig.parse(config), context),
}

const sent = z.looseObject({ id: z.string(), price: z.number().exactOptional() })

async function send({ url, api_key, to, text }: z.output<typeof smsConfig>, context: AttemptContext): Promise<AttemptResult> {
  const { fetch, signal, conceal, note } = context
  conceal(api_key)
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ to, text }), signal })
  if (!response.ok) throw statusFailure(response, `The SMS provider answered ${response.status}.`)
  const answer = sent.safeParse(await readResponseBody(response, { mode: 'json', maxBytes: 65_536, signal }))
  if (!answer.success) throw new AttemptError(nodeError('RESPONSE_INVALID', `The SMS provider's answer has no 'id'.`))
  const { id, price } = answer.data
  if (price !== undefined) note({ cost_usd: price })
  return { kind: 'completed', output: { id } }
}
