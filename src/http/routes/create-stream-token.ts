// Gives a token with which a browser follows one execution.
import { z } from '@hono/zod-openapi'
import { isoTime } from '../../history/iso-time.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError, executionNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { STREAM_TOKEN_SECONDS } from '../limits.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { signStreamToken } from '../stream-token.ts'

const tokenSchema = z.object({ token: z.string(), expires_at: z.iso.datetime() })

const route = apiRoute(
  { action: 'create_stream_token', scope: 'view', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/stream-token',
    tags: ['Executions'],
    summary: 'Ask for a token for the stream of an execution',
    description: 'It goes as `?token=` with `…/logs/stream` and `…/events` of this execution, in place of a key.',
    request: { params: idParamsSchema, query: communityQuerySchema },
    responses: answers({ 201: { description: `To be used within ${STREAM_TOKEN_SECONDS} s`, schema: tokenSchema } }),
  },
)

export const createStreamToken: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { ID_SECRET: secret } = deps.settings
    if (!secret) throw new ApiError('UNAVAILABLE', 'Stream tokens need the secret ID_SECRET, which this deployment does not have')
    const { id: executionId } = c.req.valid('param')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, c.req.valid('query').community_id)
    // The cheapest question that only an execution of this community answers.
    const found = await deps.execution(executionId).events(communityId, { after: Number.MAX_SAFE_INTEGER, limit: 1 })
    if (found === null) throw executionNotFound(executionId)
    const expiresAt = deps.clock() + STREAM_TOKEN_SECONDS * 1000
    c.header('Cache-Control', 'no-store')
    const token = signStreamToken(secret, { executionId, communityId, user: identity.user, expiresAt })
    return succeed(c, { token, expires_at: isoTime(expiresAt) }, { status: 201 })
  })
}
