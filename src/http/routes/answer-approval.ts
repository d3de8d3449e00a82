// Answers an approval by its signed link, once.
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { tokenParamsSchema } from '../schema.ts'
import { answerPage, wantsPage } from '../waiting/approval-page.ts'
import { answerSchema, approvalSchema } from '../waiting/approval-schema.ts'
import { giveAnswer } from '../waiting/give-answer.ts'

const route = apiRoute(
  { action: 'answer_approval_by_link', open: 'link' },
  {
    method: 'post',
    path: '/api/v1/approvals/{token}',
    tags: ['Waiting'],
    summary: 'Answer an approval by its signed link',
    request: { params: tokenParamsSchema, body: jsonBody(answerSchema) },
    refuses: ['VALIDATION_FAILED', 'CONFLICT', 'GONE', 'RATE_LIMITED'],
    sends: ['X-Execution-ID'],
    alsoAs: 'text/html',
    responses: answers({ 200: { description: 'It is answered', schema: approvalSchema } }),
  },
)

export const answerApproval: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const view = await giveAnswer(deps, { ...c.get('approvalLink'), communityId: null }, body, body.by ?? 'anonymous')
    return wantsPage(c) ? answerPage(c, view, deps.randomId()) : succeed(c, view, { message: 'Answered' })
  })
}
