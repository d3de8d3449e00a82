// Stores a new version of a workflow; an unchanged definition stays at its version.
import { jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { definitionIn, newVersion, workflowBodySchema } from '../workflow-body.ts'
import { answerVersion, saveVersion, versionAnswers } from '../workflow-version.ts'

const route = apiRoute(
  { action: 'update_workflow', scope: 'edit', on: 'workflow' },
  {
    method: 'put',
    path: '/api/v1/workflows/{id}',
    tags: ['Workflows'],
    summary: 'Store a new version of a workflow',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(workflowBodySchema) },
    description: 'With `If-Match: "<version>"` only if that is still the latest.',
    refuses: ['NOT_SUPPORTED', 'VALIDATION_FAILED', 'PRECONDITION_FAILED'],
    reads: ['If-Match'],
    sends: ['ETag'],
    responses: versionAnswers,
  },
)

export const updateWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    // What it is called decides whether it starts itself.
    const given = { ...definitionIn(body), workflow_id: body.workflow_id ?? id }
    const { definition, warnings } = await deps.checkDefinition(given, '')
    if (definition.workflow_id !== undefined && definition.workflow_id !== id) {
      throw badRequest('workflow_id', `The body is of workflow ${definition.workflow_id}, the path names ${id}`)
    }
    const version = newVersion({ communityId, workflowId: id }, definition, identity, deps.clock())
    return answerVersion(c, await saveVersion(c, deps, version), { message: 'Workflow updated', meta: { warnings } })
  })
}
