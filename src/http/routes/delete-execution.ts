// Erases a finished execution everywhere: its object with journal and payloads, its row in history, its dead letters.
import { z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError, executionNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const route = apiRoute(
  { action: 'delete_execution', scope: 'execute', on: 'execution' },
  {
    method: 'delete',
    path: '/api/v1/executions/{id}',
    tags: ['Executions'],
    summary: 'Erase a finished execution',
    description: 'Nothing of it can be brought back, and its id is never used again. Cancel first what is still open.',
    request: { params: idParamsSchema, query: communityQuerySchema },
    refuses: ['CONFLICT'],
    responses: answers({ 200: { description: 'It is erased', schema: z.object({ execution_id: z.string() }) } }),
  },
)

export const deleteExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    const answer = await deps.execution(id).erase(communityId)
    if (answer === 'not_finished') throw new ApiError('CONFLICT', `The execution ${id} is not finished: cancel it before`)
    if (answer === 'unheard')
      throw new ApiError(
        'UNAVAILABLE',
        `Another execution has not heard of the end of ${id} yet, or a shard of it is still at work: try again`,
      )
    // What the object has forgotten, by its retention or because only the row was missed before, history may still know.
    if (answer === 'not_found' && (await deps.history.get(communityId, id)) === null) throw executionNotFound(id)
    await deps.history.erase(id, deps.clock())
    return succeed(c, { execution_id: id }, { message: 'Execution erased' })
  })
}
