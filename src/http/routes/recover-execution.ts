// Lets a failed or cancelled execution go on where it ended; wakes an open one.
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import { controlBodySchema, controlledSchema, readAnswer, showStanding } from '../control-execution.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const route = apiRoute(
  { action: 'recover_execution', scope: 'execute', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/recover',
    tags: ['Control'],
    summary: 'Go on with a failed or cancelled execution',
    description:
      'Failed and cancelled nodes run again, with retries counted anew and the whole time limit; what completed stays, and effects keep their idempotency keys. An open execution is woken, which changes nothing healthy.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(controlBodySchema, 'May be empty') },
    refuses: ['CONFLICT'],
    responses: answers({ 200: { description: 'Where the execution stands now', schema: controlledSchema } }),
  },
)

export const recoverExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id: executionId } = c.req.valid('param')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, c.req.valid('json').community_id, c.req.valid('query').community_id)
    const answer = await deps.execution(executionId).control(communityId, { type: 'recover', by: identity.user })
    if (answer.kind === 'refused' && answer.reason === 'NOTHING_DUE') {
      const data = showStanding(executionId, answer, deps.clock())
      return succeed(c, data, { message: 'Execution is under way: nothing had to be done' })
    }
    return succeed(c, await readAnswer(deps, { executionId, communityId }, answer), { message: 'Execution recovered' })
  })
}
