// The config of `email`. Messages name the field and the rule, never a value: those are somebody's mail.
import { z } from 'zod'
import { MAX_MAIL_ATTACHMENT_BYTES, MAX_MAIL_HEADER_CHARACTERS, MAX_MAIL_RECIPIENTS } from '../core/limits.ts'
import { SECRET_NAME } from '../core/secret-name.ts'
import { CONTROL_CHARACTER, mailbox, mailboxes } from './email-address.ts'
import { attachedBytes, attachments } from './email-attachments.ts'
import { headerValue } from './http-headers.ts'
import { jsonField, scalar } from './schema.ts'

/** The mail's own headers are made from the fields; these may be added. */
const ADDED_HEADERS = /^(x-[a-z\d-]+|list-unsubscribe|list-unsubscribe-post|in-reply-to|references|auto-submitted)$/i
const headerRule =
  "'headers' may hold X-…, List-Unsubscribe, List-Unsubscribe-Post, In-Reply-To, References and Auto-Submitted; the others have fields"

const subjectRule = `'subject' must be one line of at most ${MAX_MAIL_HEADER_CHARACTERS} characters`
const connectionRule =
  "'connection' must name the secret that holds the URL of the mail server, such as SMTP_SERVER, or be binding://NAME; never the URL itself"

/** What is no text is written as JSON, so that a text may be one expression. */
const textField = (name: string) =>
  jsonField(`'${name}' must be text`).transform((given) =>
    typeof given === 'string' ? given.toWellFormed() : JSON.stringify(given),
  )

/** Looks at the whole of what has passed field by field: what has not is not of its type. */
const isClean = { when: ({ issues }: { readonly issues: readonly unknown[] }) => issues.length === 0 }

export const emailConfig = z
  .looseObject({
    /** Absent: the deployment's server. */
    connection: z
      .string({ error: connectionRule })
      .refine((text) => SECRET_NAME.test(text) || /^binding:\/\/\w+$/.test(text), { error: connectionRule })
      .optional(),
    /** Absent: the deployment's sender. */
    from: mailbox.optional(),
    to: mailboxes,
    cc: mailboxes,
    bcc: mailboxes,
    reply_to: mailboxes,
    subject: scalar
      .transform((given) => String(given).toWellFormed())
      .refine((text) => text.length <= MAX_MAIL_HEADER_CHARACTERS && !CONTROL_CHARACTER.test(text), { error: subjectRule }),
    text: textField('text').optional(),
    /** The same as `text`. */
    body: textField('body').optional(),
    html: textField('html').optional(),
    attachments,
    headers: z
      .record(
        z.string().regex(ADDED_HEADERS, { error: headerRule }),
        headerValue.refine((value) => String(value).length <= MAX_MAIL_HEADER_CHARACTERS, {
          error: `a header has at most ${MAX_MAIL_HEADER_CHARACTERS} characters`,
        }),
      )
      .default({}),
  })
  .refine(({ to }) => to.length > 0, {
    ...isClean,
    path: ['to'],
    error: "email node requires 'to': an address, or a list of them",
  })
  .refine(({ to, cc, bcc }) => to.length + cc.length + bcc.length <= MAX_MAIL_RECIPIENTS, {
    ...isClean,
    path: ['to'],
    error: `a mail has at most ${MAX_MAIL_RECIPIENTS} recipients, 'to', 'cc' and 'bcc' together`,
  })
  .refine(({ text, body, html }) => text !== undefined || body !== undefined || html !== undefined, {
    ...isClean,
    path: ['text'],
    error: "email node requires 'text' (or 'body'), 'html', or both",
  })
  .refine((config) => config.text === undefined || config.body === undefined, {
    ...isClean,
    path: ['body'],
    error: "'body' is another name of 'text': give one of them",
  })
  .refine((config) => attachedBytes(config.attachments) <= MAX_MAIL_ATTACHMENT_BYTES, {
    ...isClean,
    path: ['attachments'],
    error: `attachments have at most ${MAX_MAIL_ATTACHMENT_BYTES} bytes together`,
  })

export type EmailConfig = z.output<typeof emailConfig>
