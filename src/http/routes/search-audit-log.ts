// Searches the audit log of a community: refused access and administrative changes, newest first.
import { z } from '@hono/zod-openapi'
import { isoTime } from '../../history/iso-time.ts'
import { parseSearchCursor } from '../../history/search-cursor.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { DEFAULT_PER_PAGE, MAX_PER_PAGE } from '../limits.ts'
import { communityQuerySchema, integerQuery, momentQuery } from '../schema.ts'

const LIMIT = `limit must be between 1 and ${MAX_PER_PAGE}`

const querySchema = communityQuerySchema.extend({
  user: z.string().optional(),
  action: z.string().optional().openapi({ description: 'The `operationId` of a route.' }),
  result: z.string().optional().openapi({ description: '`DENIED`: refused; `SUCCESS`: changed.' }),
  from: momentQuery('from').optional(),
  to: momentQuery('to').optional(),
  cursor: z.string().optional().openapi({ description: '`meta.next` of the page before.' }),
  limit: integerQuery({ min: 1, max: MAX_PER_PAGE, byDefault: DEFAULT_PER_PAGE, notInteger: LIMIT, outOfBounds: LIMIT }),
})

const entrySchema = z
  .object({
    timestamp: z.iso.datetime(),
    event_type: z.string(),
    community_id: z.string(),
    user: z.string(),
    key_id: z.string().nullable().openapi({ description: 'Null: no stored key was used.' }),
    action: z.string(),
    result: z.string(),
    target: z.string().openapi({ description: 'Method and path.' }),
    request_id: z.string(),
  })
  .openapi('AuditEntry')

const route = apiRoute(
  { action: 'search_audit_log', scope: 'admin' },
  {
    method: 'get',
    path: '/api/v1/admin/audit',
    tags: ['Administration'],
    summary: 'Search the audit log',
    request: { query: querySchema },
    responses: answers({
      200: {
        description: 'Newest first. A page may be short: go on while `meta.next` is not null.',
        schema: z.array(entrySchema),
      },
    }),
  },
)

export const searchAuditLog: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { community_id, cursor: text, ...filters } = c.req.valid('query')
    const cursor = text === undefined ? undefined : parseSearchCursor(text)
    if (cursor === null) throw badRequest('cursor', 'cursor must be the `meta.next` of an earlier page')
    const communityId = resolveCommunity(c.get('identity'), community_id)
    const { items, next } = await deps.auditLog.search({ ...filters, communityId, cursor })
    const data = items.map(({ at, id: _, ...entry }) => ({ ...entry, timestamp: isoTime(at) }))
    return succeed(c, data, { meta: { next } })
  })
}
