// Makes of a config the mail that is sent. Nothing in it is drawn: the same attempt gives the same bytes, and every attempt of a run
// the same Message-ID, by which servers and readers recognise a repeat.
import { createHash } from 'node:crypto'
import { canonicalJson, type JsonObject } from '../core/json.ts'
import type { AttemptContext } from '../core/node-type.ts'
import { domainOf, type Mailbox } from './email-address.ts'
import { CONTENT_TYPE } from './email-attachments.ts'
import type { EmailConfig } from './email-config.ts'

export interface Mail {
  readonly messageId: string
  readonly from: Mailbox
  readonly recipients: readonly string[]
  readonly replyTo: readonly Mailbox[]
  readonly text: string | undefined
  readonly html: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly files: readonly MailFile[]
}

export interface MailFile {
  readonly filename: string
  readonly contentType: string
  readonly content: Buffer
}

type Run = Pick<AttemptContext, 'idempotencyKey'>

export async function prepareMail(config: EmailConfig, from: Mailbox, { idempotencyKey }: Run): Promise<Mail> {
  const { detectMimeType } = await import('nodemailer/lib/mime-funcs')
  const { headers } = config
  return {
    messageId: `<${digest(idempotencyKey).slice(0, 32)}@${domainOf(from)}>`,
    from,
    recipients: recipientsOf(config),
    replyTo: config.reply_to,
    text: config.text ?? config.body,
    html: config.html,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    files: config.attachments.map(({ filename, contentType, otherwise, bytes }) => ({
      filename,
      contentType: contentType ?? knownType(detectMimeType(filename)) ?? otherwise,
      content: bytes,
    })),
  }
}

/** Each address once. */
export const recipientsOf = ({ to, cc, bcc }: EmailConfig): readonly string[] => [
  ...new Set([...to, ...cc, ...bcc].map(({ address }) => address)),
]

/** Null for what the library says of a name that says nothing, and of one whose type would make the file a part with parts (`.gzip`, `.eml`). */
const knownType = (type: string): string | null => (type === 'application/octet-stream' || !CONTENT_TYPE.test(type) ? null : type)

/**
 * The mail as servers take it (RFC 5322). The names of its parts follow from all that it holds: none of it can pretend to be the
 * end of a part.
 * @param config as it was rendered
 */
export async function composeMail(
  mail: Mail,
  { to, cc, subject }: EmailConfig,
  config: JsonObject,
  { idempotencyKey, startedAt }: Pick<AttemptContext, 'idempotencyKey' | 'startedAt'>,
): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const composer = new MailComposer({
    from: mail.from,
    to: [...to],
    cc: [...cc],
    replyTo: [...mail.replyTo],
    subject,
    messageId: mail.messageId,
    date: new Date(startedAt),
    text: mail.text,
    html: mail.html,
    headers: mail.headers,
    attachments: mail.files.map((file) => ({ ...file, contentDisposition: 'attachment' })),
    baseBoundary: digest(`${idempotencyKey} ${canonicalJson(config)}`).slice(0, 32),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'win',
  })
  return composer.compile().build()
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
