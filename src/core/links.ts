// Signed links: what lets somebody without a key answer one approval, or deliver one event. The expression functions make them, the
// Worker reads them. A token says what it is good for and carries a MAC over that, under a key that only this execution has.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { MAX_LINK_TOKEN_LENGTH } from './limits.ts'

const executionId = z.string().regex(/^[0-9a-f]{16}$/)

/** An approval's link holds for the epoch in which it was made, an event's for all: who got it will not get another. */
const claimsSchema = z.union([
  z
    .tuple([z.literal('approval'), executionId, z.int().min(1), z.string()])
    .transform(([kind, id, epoch, node]) => ({ kind, executionId: id, epoch, node })),
  z.tuple([z.literal('event'), executionId, z.string()]).transform(([kind, id, event]) => ({ kind, executionId: id, event })),
])

export type LinkClaims = z.infer<typeof claimsSchema>
export type LinkClaimsOf<Kind extends LinkClaims['kind']> = Extract<LinkClaims, { readonly kind: Kind }>

/** Where links lead and what signs them, as an execution's identity carries it. */
export interface LinkSigner {
  /** A URL without a slash at its end. */
  readonly origin: string
  readonly key: string
}

/** The key of one execution's links, 64 hex: whoever has it can sign for that execution alone. */
export const linkKey = (secret: string, id: string): string => createHmac('sha256', secret).update(`links${id}`).digest('hex')

/** What a new execution's identity says of its links; nothing where the deployment has no secret, or nobody knows where they lead. */
export const linksOf = (secret: string | undefined, origin: string | undefined, id: string): { readonly links?: LinkSigner } =>
  secret && origin !== undefined ? { links: { origin, key: linkKey(secret, id) } } : {}

export const linkUrl = (signer: LinkSigner, claims: LinkClaims): string =>
  `${signer.origin}/api/v1/${claims.kind}s/${signToken(signer.key, claims)}`

function signToken(key: string, claims: LinkClaims): string {
  const content = toBase64Url(JSON.stringify(asTuple(claims)))
  return `${content}.${macOf(key, content)}`
}

const asTuple = (claims: LinkClaims): readonly (string | number)[] =>
  claims.kind === 'approval'
    ? [claims.kind, claims.executionId, claims.epoch, claims.node]
    : [claims.kind, claims.executionId, claims.event]

/** What a token is good for; null where it was not signed with the key that `keyOf` gives for its execution. */
export function readToken(token: string, keyOf: (id: string) => string): LinkClaims | null {
  const [content, mac, ...more] = token.split('.')
  if (token.length > MAX_LINK_TOKEN_LENGTH || content === undefined || mac === undefined || more.length > 0) return null
  const claims = claimsSchema.safeParse(parseContent(content))
  return claims.success && isSame(mac, macOf(keyOf(claims.data.executionId), content)) ? claims.data : null
}

function parseContent(content: string): unknown {
  try {
    return JSON.parse(fromBase64Url(content))
  } catch {
    return null
  }
}

const macOf = (key: string, content: string): string => createHmac('sha256', key).update(content).digest('base64url')

const encoder = new TextEncoder()

/** In a time that does not depend on where they differ. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [encoder.encode(given), encoder.encode(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const toBase64Url = (text: string): string =>
  btoa(String.fromCharCode(...encoder.encode(text)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const fromBase64Url = (text: string): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0)),
  )
