// Shows what is to be approved to whoever has the link, as a page or as JSON. It changes nothing: mail scanners follow links.
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { tokenParamsSchema } from '../schema.ts'
import { answerPage, wantsPage } from '../waiting/approval-page.ts'
import { approvalSchema } from '../waiting/approval-schema.ts'
import { readApproval } from '../waiting/give-answer.ts'

const route = apiRoute(
  { action: 'get_approval_by_link', open: 'link' },
  {
    method: 'get',
    path: '/api/v1/approvals/{token}',
    tags: ['Waiting'],
    summary: 'Read an approval by its signed link',
    description: 'The link is what `approval_url("<node_id>")` gives. With `Accept: text/html` a page with a form.',
    request: { params: tokenParamsSchema },
    refuses: ['GONE'],
    sends: ['X-Execution-ID'],
    alsoAs: 'text/html',
    responses: answers({ 200: { description: 'What is asked, and how it stands', schema: approvalSchema } }),
  },
)

export const getApproval: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const view = await readApproval(deps, { ...c.get('approvalLink'), communityId: null })
    return wantsPage(c) ? answerPage(c, view, deps.randomId()) : succeed(c, view)
  })
}
