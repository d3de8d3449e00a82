// Tokens for streams: what a browser, which cannot set headers there, has in place of a key. Each opens the stream and the events of
// one execution, for a minute. It is signed and nowhere stored.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { MAX_STREAM_TOKEN_LENGTH } from './limits.ts'

const claimsSchema = z.tuple([z.string(), z.string(), z.string(), z.int()])

export interface StreamClaims {
  readonly executionId: string
  readonly communityId: string
  /** Who asked for it. */
  readonly user: string
  /** Ms since the epoch. */
  readonly expiresAt: number
}

export function signStreamToken(secret: string, { executionId, communityId, user, expiresAt }: StreamClaims): string {
  const content = Buffer.from(JSON.stringify([executionId, communityId, user, expiresAt])).toString('base64url')
  return `${content}.${macOf(secret, content).toString('base64url')}`
}

/** Null where this deployment has not signed it, or its time is over. */
export function readStreamToken(secret: string, token: string, now: number): StreamClaims | null {
  const [content = '', mac = '', ...more] = token.split('.')
  if (token.length > MAX_STREAM_TOKEN_LENGTH || more.length > 0 || !isSame(Buffer.from(mac, 'base64url'), macOf(secret, content)))
    return null
  // We have signed it, so it is ours.
  const claims = claimsSchema.parse(JSON.parse(Buffer.from(content, 'base64url').toString()))
  const [executionId, communityId, user, expiresAt] = claims
  return now < expiresAt ? { executionId, communityId, user, expiresAt } : null
}

/** What it signs begins with a word of its own: the secret signs other things, too. */
const macOf = (secret: string, content: string): Buffer => createHmac('sha256', secret).update(`stream-token.${content}`).digest()

/** In a time that does not depend on where they differ. */
const isSame = (given: Buffer, expected: Buffer): boolean => given.length === expected.length && timingSafeEqual(given, expected)
