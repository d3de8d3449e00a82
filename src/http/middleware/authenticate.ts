// Lets through what carries the admin key, and says who it is. Everything else is a 401 that tells how to fix it.
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from '../deps.ts'
import { sha256 } from '../digest.ts'
import { ApiError } from '../errors.ts'
import { ADMIN } from '../identity.ts'

const NO_ADMIN_KEY =
  'This deployment has no key, so it refuses everything. Set one: `wrangler secret put MILLRACE_ADMIN_KEY`, or MILLRACE_ADMIN_KEY in .dev.vars.'

export const authenticate = (adminKey: string | undefined) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    if (!adminKey) throw new ApiError('UNAUTHORIZED', NO_ADMIN_KEY)
    const given = c.req.header('X-API-Key') ?? bearer(c.req.header('Authorization'))
    if (!given) throw new ApiError('UNAUTHORIZED', 'Send an API key as `X-API-Key` or as `Authorization: Bearer`')
    if (!(await isSameKey(given, adminKey))) throw new ApiError('UNAUTHORIZED', 'This API key is not valid')
    c.set('identity', ADMIN)
    await next()
  })

const bearer = (header: string | undefined): string | undefined => header?.match(/^Bearer +(\S+)$/i)?.[1]

/** Compares digests, which have one length, so that the time taken tells nothing about the key. */
async function isSameKey(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([sha256(given), sha256(expected)])
  return crypto.subtle.timingSafeEqual(a, b)
}
