// How an HTTP node proves who it is: the schema of `auth`. Messages name the field and the rule, never a value.
import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { headerNameProblem, headerValue } from './http-headers.ts'

const basicAuth = z.looseObject({
  type: z.literal('basic'),
  // RFC 7617 2: the first colon ends the user name.
  username: z.string().refine((name) => !name.includes(':'), { error: 'a user name must not hold a colon' }),
  password: z.string(),
})

const bearerAuth = z.looseObject({
  type: z.literal('bearer'),
  token: z.string().regex(/^[\x21-\x7e]+$/, { error: 'a token holds printable ASCII without spaces' }),
})

const apiKeyAuth = z
  .looseObject({
    type: z.literal('api_key'),
    in: z.enum(['header', 'query']).default('header'),
    name: z.string().min(1),
    value: headerValue,
  })
  .refine((key) => key.in === 'query' || headerNameProblem(key.name) === null, {
    path: ['name'],
    error: 'a key in a header needs the name of a header that may be set',
  })

const oauth2Auth = z.looseObject({
  type: z.literal('oauth2'),
  token_url: z.string({ error: "'auth.token_url' must be the URL of the token endpoint" }).min(1),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  scope: z.string().optional(),
  /** Not of RFC 6749; some servers want it. */
  audience: z.string().optional(),
  /** Where the client's credentials go (RFC 6749 2.3.1): a header, or the form. */
  client_auth: z.enum(['basic', 'body']).default('basic'),
})

export const auth = z.discriminatedUnion('type', [basicAuth, bearerAuth, apiKeyAuth, oauth2Auth], {
  error: "'auth.type' must be basic, bearer, api_key or oauth2",
})

export type Auth = z.output<typeof auth>
export type OAuth2 = z.output<typeof oauth2Auth>

/** Shorter ones stand in too many texts by chance (SPEC §9). */
const MIN_HIDDEN_LENGTH = 6

/** Takes credentials out of what a server answered before an error shows it: some repeat what they were sent. */
export function hideCredentials(text: string, credentials: readonly string[]): string {
  const hidden = credentials.filter((credential) => credential.length >= MIN_HIDDEN_LENGTH)
  return hidden.reduce((shown, credential) => shown.replaceAll(credential, '[redacted]'), text)
}

/** In every form in which they are sent. */
export function credentialsOf(given: Auth | undefined): readonly string[] {
  switch (given?.type) {
    case 'basic':
      return [basicCredentials(given.username, given.password), given.password]
    case 'bearer':
      return [given.token]
    case 'api_key':
      return [String(given.value), formEncoded(String(given.value))]
    case 'oauth2':
      return [clientCredentials(given), given.client_secret, formEncoded(given.client_secret)]
    case undefined:
      return []
  }
}

/** RFC 7617 2.1: servers of today expect UTF-8. */
export const basicCredentials = (name: string, password: string): string => Buffer.from(`${name}:${password}`).toString('base64')

/** RFC 6749 2.3.1: encoded as in a form before they become a user name and a password. */
export const clientCredentials = ({ client_id: id, client_secret: secret }: OAuth2): string =>
  basicCredentials(formEncoded(id), formEncoded(secret))

const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
