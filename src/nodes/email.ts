// `email`: sends a mail by SMTP or by a `send_email` binding. Runs in the Runner. At least once: an attempt that is lost after the
// server took the mail is made again, with the same Message-ID.
import { AttemptError } from '../core/attempt-error.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext, AttemptResult, HandedOffNodeType } from '../core/node-type.ts'
import { composeMail, prepareMail, recipientsOf } from './compose-mail.ts'
import { type Mailbox, mailbox } from './email-address.ts'
import { type EmailConfig, emailConfig } from './email-config.ts'
import { findMailServer } from './find-mail-server.ts'
import { sendByBinding } from './send-by-binding.ts'
import { sendBySmtp } from './send-smtp.ts'

export const email: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'email',
  aliases: [],
  summary: 'Sends a mail by SMTP or a send_email binding. Gives { message_id, accepted, rejected }.',
  config: emailConfig,
  expressions: [],
  deferred: [],
  takesSecrets: true,
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  example: {
    connection: 'SMTP_SERVER',
    from: { name: 'Shop', address: 'orders@example.com' },
    to: [{ name: '{{ inputs.name }}', address: 'ada@example.com' }],
    subject: 'Your order {{ inputs.order_id }}',
    text: 'It is on its way.',
  },
  syntheticOutput: (config) => simulated(config),
  run: (config, context) => send(emailConfig.parse(config), config, context),
}

const BINDING = 'binding://'

async function send(config: EmailConfig, rendered: JsonObject, context: AttemptContext): Promise<AttemptResult> {
  const { connection } = config
  const mail = await prepareMail(config, senderOf(config, context), context)
  if (connection?.startsWith(BINDING)) {
    const name = connection.slice(BINDING.length)
    const messageId = await sendByBinding(context.binding(name), name, mail, config)
    return { kind: 'completed', output: delivered(messageId, mail.recipients) }
  }
  const server = await findMailServer(connection, context)
  const message = await composeMail(mail, config, rendered, context)
  context.note({ bytes_out: message.byteLength })
  const { accepted, rejected, reply } = await sendBySmtp(server, mail, message, context.signal)
  context.note({ reply, ...(rejected.length > 0 && { rejections: rejected.map((one) => ({ ...one })) }) })
  return {
    kind: 'completed',
    output: delivered(
      mail.messageId,
      accepted,
      rejected.map(({ address }) => address),
    ),
  }
}

const delivered = (messageId: string, accepted: readonly string[], rejected: readonly string[] = []): Json => ({
  message_id: messageId,
  accepted,
  rejected,
})

/** The deployment's server sends for the deployment's sender alone: else each community could write in the name of any other. */
function senderOf({ connection, from }: EmailConfig, { mailServer }: AttemptContext): Mailbox {
  const ours = mailServer.from === null ? null : mailbox.safeParse(mailServer.from)
  if (ours?.success === false) throw refusal('EMAIL_FROM of the deployment must be one address')
  const sender = from ?? ours?.data
  if (sender === undefined) throw refusal("config.from: email node requires 'from', as the deployment has no EMAIL_FROM")
  if (connection !== undefined || mailServer.url === null || sender.address === ours?.data.address) return sender
  const only = ours === null ? 'EMAIL_FROM only, which is not set' : 'EMAIL_FROM only'
  throw refusal(`config.from: the deployment's server sends for ${only}; give a 'connection' of your own`)
}

const refusal = (message: string): AttemptError => new AttemptError(nodeError('CONFIG_INVALID', message))

/** A config that holds secrets need not fit yet. */
function simulated(config: JsonObject): Json {
  const { data } = emailConfig.safeParse(config)
  return delivered('<simulated@millrace.invalid>', data === undefined ? [] : recipientsOf(data))
}
