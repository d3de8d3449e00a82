// Cancels the open executions that a filter finds, a bounded number per request.
import { z } from '@hono/zod-openapi'
import { parseSearchCursor } from '../../history/search-cursor.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { MAX_CANCEL_REASON_LENGTH, MAX_METADATA_FILTERS, MAX_PER_PAGE } from '../limits.ts'
import { communityIdSchema, communityQuerySchema, momentQuery } from '../schema.ts'

const OPEN = ['pending', 'running', 'waiting', 'paused'] as const

/** Strict: a filter misspelt would cancel what it was to spare. */
const bodySchema = z
  .strictObject({
    community_id: communityIdSchema.optional(),
    workflow_id: z.string().optional(),
    correlation_id: z.string().optional(),
    metadata: z
      .record(z.string(), z.string())
      .refine((members) => Object.keys(members).length <= MAX_METADATA_FILTERS, {
        error: `At most ${MAX_METADATA_FILTERS} members of the metadata can be asked for`,
      })
      .optional()
      .openapi({ description: 'Members that the metadata must have.', maxProperties: MAX_METADATA_FILTERS }),
    status: z.enum(OPEN).optional(),
    from: momentQuery('from').optional(),
    to: momentQuery('to').optional(),
    all: z.literal(true).optional().openapi({ description: 'Needed where nothing else narrows the search.' }),
    reason: z.string().max(MAX_CANCEL_REASON_LENGTH).optional(),
    cursor: z.string().optional().openapi({ description: '`next` of the request before.' }),
  })
  .openapi('CancelExecutions')

const cancelledSchema = z.object({
  cancelled: z.array(z.string()).openapi({ description: 'Ids of the executions that are cancelled now.' }),
  next: z.string().nullable().openapi({ description: 'Pass as `cursor` to go on; null at the end.' }),
})

const route = apiRoute(
  { action: 'cancel_executions', scope: 'execute' },
  {
    method: 'post',
    path: '/api/v1/executions/cancel',
    tags: ['Executions'],
    summary: 'Cancel executions by filter',
    description: `Looks at up to ${MAX_PER_PAGE} executions per request, newest first. What history has not heard of yet is not found.`,
    request: { query: communityQuerySchema, body: jsonBody(bodySchema, 'At least one filter') },
    responses: answers({ 200: { description: 'They are cancelled', schema: cancelledSchema } }),
  },
)

export const cancelExecutions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { community_id, workflow_id: workflowId, correlation_id: correlationId, metadata, ...body } = c.req.valid('json')
    const { status, from, to, reason = null } = body
    const narrows = [workflowId, correlationId, metadata, status, from, to, body.all].some((filter) => filter !== undefined)
    if (!narrows) throw badRequest('all', 'Name a filter, or send "all": true to cancel every open execution')
    const cursor = body.cursor === undefined ? undefined : parseSearchCursor(body.cursor)
    if (cursor === null) throw badRequest('cursor', 'cursor must be the `next` of an earlier answer')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, community_id, c.req.valid('query').community_id)
    const statuses = status === undefined ? OPEN : [status]
    const found = { communityId, workflowId, correlationId, metadata, statuses, from, to, cursor, limit: MAX_PER_PAGE }
    const reach = deps.guard.reachOf(identity, 'can_execute')
    const { items, next } = await deps.history.search({ ...found, reach })
    const answers = await Promise.all(
      items.map(async ({ execution_id: id }) => {
        const answer = await deps.execution(id).control(communityId, { type: 'cancel', by: identity.user, reason })
        return answer.kind === 'done' ? [id] : []
      }),
    )
    return succeed(c, { cancelled: answers.flat(), next })
  })
}
