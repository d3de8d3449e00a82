// Shows the secret that the callbacks of a community are signed with, for those who receive them.
import { z } from '@hono/zod-openapi'
import { callbackSecret } from '../../core/webhook-signature.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema } from '../schema.ts'

const route = apiRoute(
  { action: 'get_callback_secret', scope: 'admin' },
  {
    method: 'get',
    path: '/api/v1/admin/callback-secret',
    tags: ['Administration'],
    summary: 'Read the secret of callbacks',
    description: '`X-Millrace-Signature: t=…,v1=…` of a callback is the HMAC-SHA256 of `<t>.<body>` under this secret.',
    request: { query: communityQuerySchema },
    responses: answers({
      200: { description: 'It is the same for ever', schema: z.object({ community_id: z.string(), secret: z.string() }) },
    }),
  },
)

export const getCallbackSecret: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { ID_SECRET: secret } = deps.settings
    if (!secret) throw new ApiError('UNAVAILABLE', 'Callbacks need the secret ID_SECRET, which this deployment does not have')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    c.header('Cache-Control', 'no-store')
    return succeed(c, { community_id: communityId, secret: callbackSecret(secret, communityId) })
  })
}
