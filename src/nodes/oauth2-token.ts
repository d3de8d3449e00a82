// Access tokens of OAuth2 client credentials (RFC 6749 4.4): asked for when first needed, then kept by this isolate while they live.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AttemptError } from '../core/attempt-error.ts'
import { ExpiringMemo } from '../core/expiring-memo.ts'
import { canonicalJson, type Json } from '../core/json.ts'
import { MAX_TOKEN_RESPONSE_BYTES, MAX_TOKENS_KEPT } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext } from '../core/node-type.ts'
import { showUrl } from '../core/show-url.ts'
import { clientCredentials, credentialsOf, hideCredentials, type OAuth2 } from './http-auth.ts'
import { statusFailure } from './http-status.ts'
import { readExcerpt, readResponseBody } from './response-body.ts'

/** A bounded memo: losing a token costs a call for another one. Values only, for nothing else may pass from request to request. */
const keptTokens = new ExpiringMemo<string>(MAX_TOKENS_KEPT)

/** Where the server does not say how long its token lives; a refused one is renewed anyway. */
const DEFAULT_LIFE_SECONDS = 300
/** A token is not used in its last moments: the call that carries it takes time, and clocks differ. */
const SPARED_SECONDS = 30

const tokenAnswer = z.looseObject({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  // A number (RFC 6749 5.1); some servers send text.
  expires_in: z.coerce.number().min(0).nullish(),
})

export interface AccessToken {
  readonly value: string
  /** From before this call: the server may have withdrawn it meanwhile. */
  readonly isKept: boolean
}

/** @param refused a token that the resource has just refused; null at first. @throws AttemptError that shows no credential */
export async function accessToken(auth: OAuth2, context: AttemptContext, refused: string | null): Promise<AccessToken> {
  const token = await findToken(auth, context, refused)
  context.conceal(token.value)
  return token
}

async function findToken(auth: OAuth2, context: AttemptContext, refused: string | null): Promise<AccessToken> {
  const key = memoKey(auth, context.communityId)
  const kept = keptTokens.get(key, Date.now())
  if (kept !== undefined && kept !== refused) return { value: kept, isKept: true }
  const { access_token: value, expires_in: life } = await requestToken(auth, context, refused !== null)
  const seconds = life ?? DEFAULT_LIFE_SECONDS
  keptTokens.set(key, value, Date.now() + (seconds - Math.min(SPARED_SECONDS, seconds / 2)) * 1000)
  return { value, isKept: false }
}

/** Hashed, lest a secret be a key of anything. */
function memoKey(
  { token_url: url, client_id: id, client_secret: secret, scope = '', audience = '' }: OAuth2,
  community: string,
): string {
  return createHash('sha256')
    .update(canonicalJson([community, url, id, secret, scope, audience]))
    .digest('hex')
}

async function requestToken(auth: OAuth2, context: AttemptContext, isRenewal: boolean) {
  context.conceal(clientCredentials(auth))
  const { signal, fetch } = context
  const headers = tokenHeaders(auth, context, isRenewal)
  // Not followed: the form may hold the secret.
  const response = await fetch(auth.token_url, { method: 'POST', headers, body: tokenForm(auth), signal, redirect: 'manual' })
  const what = `The token endpoint ${showUrl(auth.token_url)}`
  if (!response.ok) throw statusFailure(response, `${what} answered ${response.status}.`, await refusalOf(response, auth))
  const text = await readResponseBody(response, { mode: 'text', maxBytes: MAX_TOKEN_RESPONSE_BYTES, signal })
  const answer = tokenAnswer.safeParse(parsed(text))
  // What it answered may hold a token.
  if (!answer.success) throw new AttemptError(nodeError('RESPONSE_INVALID', `${what} answered with no access token.`))
  return answer.data
}

function tokenHeaders(auth: OAuth2, { idempotencyKey, attempt }: AttemptContext, isRenewal: boolean): Record<string, string> {
  return {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    // A key per request: a server that answers a repeated one as before would give the refused token again.
    'idempotency-key': `${idempotencyKey}.token.${attempt}${isRenewal ? '.renewed' : ''}`,
    ...(auth.client_auth === 'basic' && { authorization: `Basic ${clientCredentials(auth)}` }),
  }
}

function tokenForm({ scope, audience, client_auth: place, client_id: id, client_secret: secret }: OAuth2): string {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
    ...(place === 'body' && { client_id: id, client_secret: secret }),
  }).toString()
}

/** The code of the refusal, such as `invalid_client` (RFC 6749 5.2), and nothing else of what the server says. */
async function refusalOf(response: Response, auth: OAuth2): Promise<Json | undefined> {
  const refusal = z
    .looseObject({ error: z.string().regex(/^[\x20-\x7e]{1,100}$/) })
    .safeParse(parsed(await readExcerpt(response)))
  return refusal.success ? { error: hideCredentials(refusal.data.error, credentialsOf(auth)) } : undefined
}

/** Undefined for what is no JSON. */
function parsed(text: Json): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}
