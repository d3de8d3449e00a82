// Finds out who asks: by the deployment's own key, by a stored key, or by a token. Everything else is a 401 that tells how to fix
// it, and writes nothing anywhere.
import { createMiddleware } from 'hono/factory'
import type { FindKey } from '../access/find-key.ts'
import { isToken, type VerifyToken } from '../access/verify-token.ts'
import type { HttpEnv } from '../deps.ts'
import { sha256 } from '../digest.ts'
import { ApiError } from '../errors.ts'
import { ADMIN, type Identity } from '../identity.ts'

const NO_ADMIN_KEY =
  'This deployment has no key, so it refuses everything. Set one: `wrangler secret put MILLRACE_ADMIN_KEY`, or MILLRACE_ADMIN_KEY in .dev.vars.'

export interface AuthenticateDeps {
  readonly adminKey: string | undefined
  readonly findKey: FindKey
  readonly verifyToken: VerifyToken
}

export const authenticate = (deps: AuthenticateDeps) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    // A stream token has said already who it is.
    if (c.get('identity') === undefined)
      c.set('identity', await identify(deps, c.req.header('X-API-Key'), c.req.header('Authorization')))
    await next()
  })

/** @throws ApiError 401, and 503 where it cannot be found out */
async function identify(deps: AuthenticateDeps, keyHeader?: string, authorization?: string): Promise<Identity> {
  const { adminKey, findKey, verifyToken } = deps
  if (!adminKey) throw new ApiError('UNAUTHORIZED', NO_ADMIN_KEY)
  const given = keyHeader ?? bearer(authorization)
  if (!given) throw new ApiError('UNAUTHORIZED', 'Send an API key as `X-API-Key` or as `Authorization: Bearer`')
  if (await isSameKey(given, adminKey)) return ADMIN
  if (keyHeader === undefined && isToken(given)) return verifyToken(given)
  const identity = await findKey(given)
  if (identity === null) throw new ApiError('UNAUTHORIZED', 'This API key is not valid')
  return identity
}

const bearer = (header: string | undefined): string | undefined => header?.match(/^Bearer +(\S+)$/i)?.[1]

/** Compares digests, which have one length, so that the time taken tells nothing about the key. */
async function isSameKey(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([sha256(given), sha256(expected)])
  return crypto.subtle.timingSafeEqual(a, b)
}
