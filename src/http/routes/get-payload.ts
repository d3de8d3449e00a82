// Shows a value that was too large for the view of its execution.
import { z } from '@hono/zod-openapi'
import { answers, succeed, succeedWith } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const paramsSchema = idParamsSchema.extend({ hash: z.string().openapi({ param: { name: 'hash', in: 'path' } }) })

const route = apiRoute(
  { action: 'get_payload', scope: 'view', on: 'execution' },
  {
    method: 'get',
    path: '/api/v1/executions/{id}/payloads/{hash}',
    tags: ['Executions'],
    summary: 'Read a large value of an execution',
    request: { params: paramsSchema, query: communityQuerySchema },
    refuses: ['NOT_FOUND'],
    responses: answers({ 200: { description: 'The value that a view refers to as `$payload`', schema: z.unknown() } }),
  },
)

export const getPayload: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id, hash } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    const payload = await deps.execution(id).payload(communityId, hash)
    if (payload === null) throw new ApiError('NOT_FOUND', `Execution ${id} has no payload ${hash}`)
    if ('value' in payload) return succeed(c, payload.value)
    const stored = await deps.payloads.get(payload.key)
    if (stored === null || !isWhole(stored, hash, payload.size)) {
      await stored?.body.cancel()
      throw new ApiError('NOT_FOUND', `The payload ${hash} of execution ${id} is no longer in storage`)
    }
    return succeedWith(c, stored.body)
  })
}

/** R2 keeps the sum that it was given at the upload, so that what was put there since is known by it. */
const isWhole = ({ size, checksums }: R2ObjectBody, hash: string, expected: number): boolean =>
  size === expected && checksums.toJSON().sha256 === hash
