// Sets a workflow's default retry policy, as a new version.
import { createRoute } from '@hono/zod-openapi'
import { answers, jsonBody, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema, jsonObjectSchema } from '../schema.ts'
import { newVersion, storedWorkflowSchema, viewStored } from '../workflow-body.ts'

const route = createRoute({
  method: 'put',
  path: '/api/v1/workflows/{id}/retry',
  tags: ['Workflows'],
  summary: 'Set the default retry policy, as a new version',
  request: {
    params: idParamsSchema,
    query: communityQuerySchema,
    body: jsonBody(jsonObjectSchema, 'A retry policy: `{ "strategy": "exponential", "max_attempts": 5 }`'),
  },
  responses: answers({ 200: { description: 'The version that is now the latest', schema: storedWorkflowSchema } }),
})

export const setWorkflowRetry: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, c.req.valid('query').community_id)
    const current = await deps.workflows.get(communityId, id)
    if (current === null) throw workflowNotFound(id)
    const settings = { ...current.definition.settings, retry: c.req.valid('json') }
    const { definition } = await deps.checkDefinition({ ...current.definition, settings }, '')
    const version = newVersion({ communityId, workflowId: id }, definition, identity, deps.clock())
    const stored = await deps.workflows.addVersion(version)
    if (stored === null) throw workflowNotFound(id)
    return succeed(c, viewStored(stored), { message: 'Retry policy updated' })
  })
}
