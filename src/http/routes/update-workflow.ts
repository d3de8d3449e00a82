// Stores a new version of a workflow; an unchanged definition stays at its version.
import { createRoute } from '@hono/zod-openapi'
import { configHash } from '../../core/config-hash.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest, workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { definitionIn, storedWorkflowSchema, viewStored, workflowBodySchema } from '../workflow-body.ts'

const route = createRoute({
  method: 'put',
  path: '/api/v1/workflows/{id}',
  tags: ['Workflows'],
  summary: 'Store a new version of a workflow',
  request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(workflowBodySchema) },
  responses: answers({ 200: { description: 'The version that is now the latest', schema: storedWorkflowSchema } }),
})

export const updateWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id ?? c.req.valid('query').community_id)
    const { definition: given, warnings } = await deps.checkDefinition(definitionIn(body), '')
    if (given.workflow_id !== undefined && given.workflow_id !== id) {
      throw badRequest('workflow_id', `The body is of workflow ${given.workflow_id}, the path names ${id}`)
    }
    const definition = { ...given, workflow_id: id }
    const version = {
      communityId,
      workflowId: id,
      definition,
      configHash: configHash(definition),
      by: identity.user,
      now: deps.clock(),
    }
    const stored = await deps.workflows.addVersion(version)
    if (stored === null) throw workflowNotFound(id)
    return succeed(c, viewStored(stored), { message: 'Workflow updated', meta: { warnings } })
  })
}
