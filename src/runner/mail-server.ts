// The mail server that a deployment's settings name.
import type { MailServer } from '../core/node-type.ts'
import type { Settings } from '../env.ts'

/** A setting that is empty is none. */
export const mailServerFrom = ({ SMTP_URL, EMAIL_FROM }: Settings): MailServer => ({
  url: SMTP_URL || null,
  from: EMAIL_FROM || null,
})
