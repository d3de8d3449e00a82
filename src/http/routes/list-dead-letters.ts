// Lists what failed for good: executions, and messages whose deliveries ran out.
import { z } from '@hono/zod-openapi'
import { deadLetterSchema } from '../../history/dead-letter.ts'
import { isoTime } from '../../history/iso-time.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { pageQuerySchema, paginate, readPage } from '../pages.ts'
import { communityQuerySchema } from '../schema.ts'

const itemSchema = deadLetterSchema.omit({ body: true }).extend({ created_at: z.iso.datetime() })

const route = apiRoute(
  { action: 'list_dead_letters', scope: 'admin' },
  {
    method: 'get',
    path: '/api/v1/admin/dead-letters',
    tags: ['Administration'],
    summary: 'List dead letters',
    request: { query: communityQuerySchema.extend(pageQuerySchema.shape) },
    responses: answers({ 200: { description: 'Newest first', schema: z.array(itemSchema) } }),
  },
)

export const listDeadLetters: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const query = c.req.valid('query')
    const page = readPage(query)
    const identity = c.get('identity')
    // The operator's list: everything, unless it names a community.
    const isAll = identity.isAdmin && query.community_id === undefined
    const communityId = isAll ? null : resolveCommunity(identity, query.community_id)
    const { items, total } = await deps.deadLetters.list({ ...page, communityId })
    const data = items.map((letter) => ({ ...letter, created_at: isoTime(letter.created_at) }))
    return succeed(c, data, { meta: paginate(page, total) })
  })
}
