// Hands a mail to a `send_email` binding of the platform. It makes the Message-ID itself and takes no other: the one that is the same
// for every attempt travels in a header of its own.
import { AttemptError } from '../core/attempt-error.ts'
import { nodeError } from '../core/node-error.ts'
import type { Mail } from './compose-mail.ts'
import type { Mailbox } from './email-address.ts'
import type { EmailConfig } from './email-config.ts'

const REPEAT_HEADER = 'X-Millrace-Message-ID'

/** Error codes of the binding after which another attempt may get through; the others are for good. */
const TRANSIENT: ReadonlySet<string> = new Set(['E_RATE_LIMIT_EXCEEDED', 'E_DELIVERY_FAILED', 'E_INTERNAL_SERVER_ERROR'])

/** Answers the id that the platform gave the mail. @throws AttemptError */
export async function sendByBinding(
  binding: unknown,
  name: string,
  mail: Mail,
  { to, cc, bcc, subject, reply_to }: EmailConfig,
): Promise<string> {
  if (!isSender(binding))
    throw failure(
      'CONFIG_INVALID',
      `The deployment has no send_email binding ${name} that is open to this community (DATA_BINDINGS).`,
    )
  const [replyTo, ...more] = reply_to
  if (more.length > 0) throw failure('CONFIG_INVALID', 'config.reply_to: a send_email binding takes one address')
  const message: EmailMessageBuilder = {
    from: shaped(mail.from),
    to: to.map(shaped),
    cc: cc.map(shaped),
    bcc: bcc.map(shaped),
    ...(replyTo !== undefined && { replyTo: shaped(replyTo) }),
    subject,
    ...(mail.text !== undefined && { text: mail.text }),
    ...(mail.html !== undefined && { html: mail.html }),
    headers: { ...mail.headers, [REPEAT_HEADER]: mail.messageId },
    attachments: mail.files.map(({ filename, contentType: type, content }) => ({
      disposition: 'attachment',
      filename,
      type,
      content,
    })),
  }
  try {
    const { messageId } = await binding.send(message)
    return messageId
  } catch (thrown) {
    throw bindingFailure(thrown, name)
  }
}

const isSender = (binding: unknown): binding is Pick<SendEmail, 'send'> =>
  typeof binding === 'object' && binding !== null && 'send' in binding && typeof binding.send === 'function'

const shaped = ({ name, address }: Mailbox): string | EmailAddress => (name === '' ? address : { name, email: address })

function bindingFailure(thrown: unknown, name: string): AttemptError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const reason = thrown instanceof Error ? thrown.message.slice(0, 200) : 'unknown'
  if (!code.startsWith('E_')) return failure('NETWORK_ERROR', `The binding ${name} did not take the mail: ${reason}`, true)
  return failure('MAIL_REFUSED', `The binding ${name} refused the mail (${code}): ${reason}`, TRANSIENT.has(code))
}

const failure = (code: 'CONFIG_INVALID' | 'NETWORK_ERROR' | 'MAIL_REFUSED', message: string, retryable = false): AttemptError =>
  new AttemptError(nodeError(code, message, { retryable }))
