// What webhooks and callbacks are signed with, so that their receiver knows who says so.
import { createHmac } from 'node:crypto'

/** Of `X-Millrace-Signature`: HMAC-SHA256 over `<t>.<body>`. @param at ms since the epoch */
export function webhookSignature(secret: string, at: number, body: string | Uint8Array): string {
  const seconds = Math.floor(at / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex')}`
}

/** Signs the callbacks of a community: who knows it cannot sign another's. It changes with `ID_SECRET` only. */
export const callbackSecret = (idSecret: string, communityId: string): string =>
  `whsec_${createHmac('sha256', idSecret).update(`callback${communityId}`).digest('hex')}`
