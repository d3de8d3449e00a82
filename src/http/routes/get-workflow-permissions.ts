// Shows who may do what with a workflow.
import { viewPermissions, workflowPermissionsSchema } from '../access/permissions-body.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const route = apiRoute(
  { action: 'get_workflow_permissions', scope: 'edit', on: 'own workflow' },
  {
    method: 'get',
    path: '/api/v1/workflows/{id}/permissions',
    tags: ['Workflows'],
    summary: 'Read who may do what with a workflow',
    request: { params: idParamsSchema, query: communityQuerySchema },
    responses: answers({ 200: { description: 'Its owner and its grants', schema: workflowPermissionsSchema } }),
  },
)

export const getWorkflowPermissions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const communityId = resolveCommunity(c.get('identity'), c.req.valid('query').community_id)
    const access = await deps.grants.get(communityId, id)
    if (access === null || access.isDeleted) throw workflowNotFound(id)
    return succeed(c, viewPermissions(id, access))
  })
}
