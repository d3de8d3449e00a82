// Searches the executions of a community, newest first, by cursor.
import { createRoute, z } from '@hono/zod-openapi'
import { parseSearchCursor } from '../../history/search-cursor.ts'
import { answers, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { DEFAULT_PER_PAGE, MAX_PER_PAGE } from '../limits.ts'
import { executionItemSchema, listedExecution } from '../listed-execution.ts'
import { communityQuerySchema, integerQuery, momentQuery } from '../schema.ts'
import { statusQuerySchema } from '../status-filter.ts'

const LIMIT = `limit must be between 1 and ${MAX_PER_PAGE}`

const cursorSchema = z
  .string()
  .transform((text, context) => {
    const cursor = parseSearchCursor(text)
    if (cursor !== null) return cursor
    context.addIssue({ code: 'custom', message: 'cursor must be the `meta.next` of an earlier page' })
    return z.NEVER
  })
  .openapi({ type: 'string', description: '`meta.next` of the page before.' })

const querySchema = communityQuerySchema.loose().extend({
  status: statusQuerySchema.optional(),
  workflow_id: z.string().optional(),
  correlation_id: z.string().optional(),
  parent_execution_id: z.string().optional(),
  from: momentQuery('from').optional(),
  to: momentQuery('to').optional(),
  cursor: cursorSchema.optional(),
  limit: integerQuery({ min: 1, max: MAX_PER_PAGE, byDefault: DEFAULT_PER_PAGE, notInteger: LIMIT, outOfBounds: LIMIT }),
})

const route = createRoute({
  method: 'get',
  path: '/api/v1/executions',
  tags: ['Executions'],
  summary: 'Search executions',
  description: '`metadata.<key>=<value>` finds executions whose metadata has that member; values are compared as text.',
  request: { query: querySchema },
  responses: answers({
    200: {
      description: 'Newest first. A page may be short: go on while `meta.next` is not null.',
      schema: z.array(executionItemSchema),
    },
  }),
})

export const searchExecutions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const query = c.req.valid('query')
    const { items, next } = await deps.history.search({
      communityId: resolveCommunity(c.get('identity'), query.community_id),
      workflowId: query.workflow_id,
      correlationId: query.correlation_id,
      parentExecutionId: query.parent_execution_id,
      metadata: readMetadataFilter(query),
      statuses: query.status,
      from: query.from,
      to: query.to,
      cursor: query.cursor,
      limit: query.limit,
    })
    return succeed(c, items.map(listedExecution), { meta: { next } })
  })
}

const PREFIX = 'metadata.'

function readMetadataFilter(query: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const members = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    name.startsWith(PREFIX) && typeof value === 'string' ? [[name.slice(PREFIX.length), value]] : [],
  )
  return Object.fromEntries(members)
}
