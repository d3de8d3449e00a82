// Lists the node instances of an execution by path, those in the iterations of its loops included.
import { z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError, badRequest, executionNotFound } from '../errors.ts'
import { nodeStateSchema } from '../execution-schema.ts'
import { findNodes } from '../find-nodes.ts'
import { resolveCommunity } from '../identity.ts'
import { DEFAULT_NODES_PER_PAGE, MAX_NODES_PER_PAGE } from '../limits.ts'
import { booleanQuery, communityQuerySchema, idParamsSchema, integerQuery, wordQuery } from '../schema.ts'

const STATUSES = nodeStateSchema.shape.status.options
const LIMIT = `limit must be between 1 and ${MAX_NODES_PER_PAGE}`

const querySchema = communityQuerySchema.extend({
  prefix: z
    .string()
    .optional()
    .openapi({ description: 'Path of a node or an iteration (`each`, `each[3]`): it, and everything inside it.' }),
  status: wordQuery(STATUSES, (text) => `Invalid status: ${text}`).optional(),
  limit: integerQuery({
    min: 1,
    max: MAX_NODES_PER_PAGE,
    byDefault: DEFAULT_NODES_PER_PAGE,
    notInteger: LIMIT,
    outOfBounds: LIMIT,
  }),
  cursor: z.string().optional().openapi({ description: '`meta.next` of the page before.' }),
  include_logs: booleanQuery('include_logs', true),
})

const route = apiRoute(
  { action: 'list_execution_nodes', scope: 'view', on: 'execution' },
  {
    method: 'get',
    path: '/api/v1/executions/{id}/nodes',
    tags: ['Executions'],
    summary: 'List the nodes of an execution',
    request: { params: idParamsSchema, query: querySchema },
    refuses: ['NOT_FOUND'],
    responses: answers({
      200: {
        description: 'In definition order, a loop followed by what is in it. `meta.next` names the next page.',
        schema: z.array(nodeStateSchema),
      },
    }),
  },
)

export const listExecutionNodes: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const { community_id, prefix = null, status = null, limit, cursor = null, include_logs } = c.req.valid('query')
    const communityId = resolveCommunity(c.get('identity'), community_id)
    const query = { prefix, status, limit, cursor, includeLogs: include_logs }
    const page = await findNodes(deps.execution, id, communityId, query)
    if (page === null) throw executionNotFound(id)
    switch (page.kind) {
      case 'page':
        return succeed(c, page.nodes, { meta: { next: page.next } })
      case 'unknown_prefix':
        throw new ApiError('NOT_FOUND', `Execution ${id} has no node ${prefix}`)
      case 'unknown_cursor':
        throw badRequest('cursor', `there is no node ${cursor} here any more: begin again without a cursor`)
    }
  })
}
