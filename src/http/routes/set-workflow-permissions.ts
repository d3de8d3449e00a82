// Replaces what others than its owner may do with a workflow.
import {
  grantedKeys,
  permissionsBodySchema,
  readGrants,
  viewPermissions,
  workflowPermissionsSchema,
} from '../access/permissions-body.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute, RouteDeps } from '../deps.ts'
import { badRequest, workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { FRESH_ACCESS_MS } from '../limits.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'

const route = apiRoute(
  { action: 'set_workflow_permissions', scope: 'edit', on: 'own workflow', audited: true },
  {
    method: 'put',
    path: '/api/v1/workflows/{id}/permissions',
    tags: ['Workflows'],
    summary: 'Set who may do what with a workflow',
    description: `Everyone not named may do nothing. It counts everywhere within ${FRESH_ACCESS_MS / 1000} seconds.`,
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(permissionsBodySchema) },
    responses: answers({ 200: { description: 'Its owner and its grants', schema: workflowPermissionsSchema } }),
  },
)

export const setWorkflowPermissions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    const grants = readGrants(body)
    await refuseUnknownKeys(deps, communityId, grantedKeys(grants))
    const change = { communityId, workflowId: id, grants, by: identity.user, now: deps.clock() }
    const access = (await deps.grants.replace(change)) ? await deps.grants.get(communityId, id) : null
    if (access === null || access.isDeleted) throw workflowNotFound(id)
    return succeed(c, viewPermissions(id, access), { message: 'Permissions set' })
  })
}

/** @throws ApiError naming the first that the community does not have */
async function refuseUnknownKeys(deps: RouteDeps, communityId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const known = await deps.apiKeys.known(communityId, ids)
  const unknown = ids.find((id) => !known.has(id))
  if (unknown !== undefined) throw badRequest('grants', `There is no API key ${unknown}`)
}
