// Lets through who has a stream token (`?token=`) for this execution, in place of a key; on the two routes that browsers open
// without headers. Who sends a key is held to that.
import { createMiddleware } from 'hono/factory'
import type { AppDeps, HttpEnv } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { readStreamToken, type StreamClaims } from '../stream-token.ts'

export const acceptStreamToken = ({ settings, clock }: Pick<AppDeps, 'settings' | 'clock'>) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    const token = c.req.query('token')
    const hasKey = c.req.header('X-API-Key') !== undefined || c.req.header('Authorization') !== undefined
    if (token === undefined || hasKey) return next()
    const claims = settings.ID_SECRET ? readStreamToken(settings.ID_SECRET, token, clock()) : null
    if (claims === null || claims.executionId !== c.req.param('id'))
      throw new ApiError(
        'UNAUTHORIZED',
        'This stream token is not valid for this execution, or its minute is over: ask for another',
      )
    c.set('identity', identityOf(claims))
    await next()
  })

const identityOf = ({ executionId, communityId, user }: StreamClaims): HttpEnv['Variables']['identity'] => ({
  communityId,
  user,
  keyId: null,
  scopes: ['view'],
  tier: 'standard',
  isAdmin: false,
  onlyExecution: executionId,
})
