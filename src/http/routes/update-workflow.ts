// Stores a new version of a workflow; an unchanged definition stays at its version.
import { createRoute } from '@hono/zod-openapi'
import { answers, jsonBody, succeed } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest, workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { definitionIn, newVersion, storedWorkflowSchema, viewStored, workflowBodySchema } from '../workflow-body.ts'

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
    // What it is called decides whether it starts itself.
    const given = { ...definitionIn(body), workflow_id: body.workflow_id ?? id }
    const { definition, warnings } = await deps.checkDefinition(given, '')
    if (definition.workflow_id !== undefined && definition.workflow_id !== id) {
      throw badRequest('workflow_id', `The body is of workflow ${definition.workflow_id}, the path names ${id}`)
    }
    const version = newVersion({ communityId, workflowId: id }, definition, identity, deps.clock())
    const stored = await deps.workflows.addVersion(version)
    if (stored === null) throw workflowNotFound(id)
    return succeed(c, viewStored(stored), { message: 'Workflow updated', meta: { warnings } })
  })
}
