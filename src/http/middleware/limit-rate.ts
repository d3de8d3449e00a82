// Holds each key to the requests a minute of its tier. The platform counts, per data centre and approximately; who may administrate
// is not counted.
import { createMiddleware } from 'hono/factory'
import { logError } from '../../observability/log-error.ts'
import { isAdministrator } from '../access/permission.ts'
import type { HttpEnv } from '../deps.ts'
import { ApiError } from '../errors.ts'
import type { Identity, Tier } from '../identity.ts'
import { RATE_WINDOW_SECONDS, REQUESTS_PER_MINUTE } from '../limits.ts'

/** What the platform's binding offers. */
export interface RateLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>
}

export type RateLimiters = Readonly<Record<Tier, RateLimiter>>

export const limitRate = (limiters: RateLimiters) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    const identity = c.get('identity')
    if (isAdministrator(identity)) return next()
    const { tier } = identity
    const limit = REQUESTS_PER_MINUTE[tier]
    const policy = `"${tier}";q=${limit};w=${RATE_WINDOW_SECONDS}`
    if (!(await isWithin(limiters[tier], identity))) {
      c.header('RateLimit-Policy', policy)
      c.header('RateLimit', `"${tier}";r=0;t=${RATE_WINDOW_SECONDS}`)
      c.header('X-RateLimit-Limit', String(limit))
      c.header('X-RateLimit-Remaining', '0')
      c.set('isRateLimited', true)
      throw new ApiError('RATE_LIMITED', `This key has made its ${limit} requests of a minute`, {
        retryAfterSeconds: RATE_WINDOW_SECONDS,
      })
    }
    await next()
    // A WebSocket upgrade's headers are immutable.
    if (c.res.webSocket) return
    c.header('RateLimit-Policy', policy)
    c.header('X-RateLimit-Limit', String(limit))
  })

/** A counter that does not answer keeps nobody out: it protects the deployment, not what is in it. */
async function isWithin(limiter: RateLimiter, { communityId, keyId, user }: Identity): Promise<boolean> {
  const key = keyId === null ? `user ${JSON.stringify([communityId, user])}` : `key ${keyId}`
  try {
    return (await limiter.limit({ key })).success
  } catch (error) {
    logError('the rate limit could not be asked', error, {})
    return true
  }
}
