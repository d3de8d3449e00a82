// Searches the executions of a community, newest first, by cursor.
import { z } from '@hono/zod-openapi'
import { parseSearchCursor } from '../../history/search-cursor.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { fieldsQuery, pickFields } from '../fields.ts'
import { resolveCommunity } from '../identity.ts'
import { knownParameters } from '../known-parameters.ts'
import { DEFAULT_PER_PAGE, MAX_ERROR_QUERY_LENGTH, MAX_METADATA_FILTERS, MAX_PER_PAGE } from '../limits.ts'
import { executionItemSchema, listedExecution } from '../listed-execution.ts'
import { communityQuerySchema, integerQuery, momentQuery } from '../schema.ts'
import { statusQuerySchema } from '../status-filter.ts'

const LIMIT = `limit must be between 1 and ${MAX_PER_PAGE}`
const pageSize = { min: 1, max: MAX_PER_PAGE, byDefault: DEFAULT_PER_PAGE, notInteger: LIMIT, outOfBounds: LIMIT }

const errorWordsSchema = z
  .string()
  .max(MAX_ERROR_QUERY_LENGTH)
  .transform((text, context) => {
    const words = text.split(/[\s\p{Cc}]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word))
    if (words.length > 0) return words
    context.addIssue({ code: 'custom', message: 'error must have a word to look for' })
    return z.NEVER
  })
  .openapi({
    type: 'string',
    description: 'Words that the code, the node or the message of a failure must have; finds failures.',
  })

const cursorSchema = z
  .string()
  .transform((text, context) => {
    const cursor = parseSearchCursor(text)
    if (cursor !== null) return cursor
    context.addIssue({ code: 'custom', message: 'cursor must be the `meta.next` of an earlier page' })
    return z.NEVER
  })
  .openapi({ type: 'string', description: '`meta.next` of the page before.' })

const METADATA = 'metadata.'
const TOO_MANY_FILTERS = `At most ${MAX_METADATA_FILTERS} members of the metadata can be asked for`

const parameters = communityQuerySchema.extend({
  status: statusQuerySchema.optional(),
  workflow_id: z.string().optional(),
  correlation_id: z.string().optional(),
  parent_execution_id: z.string().optional(),
  error: errorWordsSchema.optional(),
  from: momentQuery('from').optional(),
  to: momentQuery('to').optional(),
  cursor: cursorSchema.optional(),
  limit: integerQuery(pageSize),
  per_page: integerQuery(pageSize).openapi({ description: 'The same as `limit`, and stronger.' }),
  fields: fieldsQuery(Object.keys(executionItemSchema.shape)),
})

const querySchema = parameters
  .loose()
  .superRefine(knownParameters(parameters.shape, (name) => name.startsWith(METADATA) && name !== METADATA))
  .superRefine((query, context) => {
    const filters = Object.entries(query).filter(([name]) => name.startsWith(METADATA))
    const twice = filters.find(([, value]) => typeof value !== 'string')
    if (twice !== undefined) context.addIssue({ code: 'custom', path: [twice[0]], message: `${twice[0]} is given twice` })
    if (filters.length > MAX_METADATA_FILTERS) context.addIssue({ code: 'custom', message: TOO_MANY_FILTERS })
  })

const route = apiRoute(
  { action: 'search_executions', scope: 'view' },
  {
    method: 'get',
    path: '/api/v1/executions',
    tags: ['Executions'],
    summary: 'Search executions',
    description:
      '`metadata.<key>=<value>` finds executions whose metadata has that member; values are compared as text. Parameters that are not listed here are refused.',
    request: { query: querySchema },
    responses: answers({
      200: {
        description: 'Newest first. A page may be short: go on while `meta.next` is not null.',
        schema: z.array(executionItemSchema),
      },
    }),
  },
)

export const searchExecutions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const query = c.req.valid('query')
    const identity = c.get('identity')
    const { items, next } = await deps.history.search({
      communityId: resolveCommunity(identity, query.community_id),
      reach: deps.guard.reachOf(identity, 'can_view'),
      workflowId: query.workflow_id,
      correlationId: query.correlation_id,
      parentExecutionId: query.parent_execution_id,
      metadata: readMetadataFilter(query),
      statuses: query.status,
      errorWords: query.error,
      from: query.from,
      to: query.to,
      cursor: query.cursor,
      limit: c.req.query('per_page') === undefined ? query.limit : query.per_page,
    })
    return succeed(
      c,
      items.map((item) => pickFields(listedExecution(item), query.fields)),
      { meta: { next } },
    )
  })
}

function readMetadataFilter(query: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const members = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    name.startsWith(METADATA) && typeof value === 'string' ? [[name.slice(METADATA.length), value]] : [],
  )
  return Object.fromEntries(members)
}
