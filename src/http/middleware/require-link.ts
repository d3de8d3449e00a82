// Lets through what carries a signed link, which stands for a key; before anything else of the request is read. What is forged, of
// another kind or of another deployment is a link that there is not, and reaches no execution.
import { createMiddleware } from 'hono/factory'
import { type LinkClaimsOf, linkKey, readToken } from '../../core/links.ts'
import type { Settings } from '../../env.ts'
import type { HttpEnv } from '../deps.ts'
import { ApiError } from '../errors.ts'

type Secret = Settings['ID_SECRET']

export const requireApprovalLink = (secret: Secret) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    const claims = claimsOf('approval', secret, c.req.param('token'))
    c.set('approvalLink', claims)
    c.header('X-Execution-ID', claims.executionId)
    await next()
  })

export const requireEventLink = (secret: Secret) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    const claims = claimsOf('event', secret, c.req.param('token'))
    c.set('eventLink', claims)
    c.header('X-Execution-ID', claims.executionId)
    await next()
  })

function claimsOf<Kind extends 'approval' | 'event'>(kind: Kind, secret: Secret, token = ''): LinkClaimsOf<Kind> {
  const claims = secret ? readToken(token, (id) => linkKey(secret, id)) : null
  // Held against the kind just before: these are claims of it.
  if (claims?.kind === kind) return claims as LinkClaimsOf<Kind>
  throw new ApiError('NOT_FOUND', 'There is no such link')
}
