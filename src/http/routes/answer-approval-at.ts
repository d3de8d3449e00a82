// Answers an approval with a key instead of a link: for operators, and for applications that show approvals of their own.
import { z } from '@hono/zod-openapi'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { answerSchema, approvalSchema } from '../waiting/approval-schema.ts'
import { giveAnswer } from '../waiting/give-answer.ts'

const paramsSchema = idParamsSchema.extend({ node: z.string().openapi({ param: { name: 'node', in: 'path' } }) })

const route = apiRoute(
  { action: 'answer_approval', scope: 'execute', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/approvals/{node}',
    tags: ['Waiting'],
    summary: 'Answer an approval of an execution',
    description: '`node` is the path of the approval node, `review` or `each[3].review`. `by` is the user of the key.',
    request: { params: paramsSchema, query: communityQuerySchema, body: jsonBody(answerSchema) },
    refuses: ['VALIDATION_FAILED', 'NOT_FOUND', 'CONFLICT'],
    responses: answers({ 200: { description: 'It is answered', schema: approvalSchema } }),
  },
)

export const answerApprovalAt: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id, node } = c.req.valid('param')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, c.req.valid('query').community_id)
    const place = { executionId: id, communityId, node, epoch: null }
    return succeed(c, await giveAnswer(deps, place, c.req.valid('json'), identity.user), { message: 'Answered' })
  })
}
