// Stores a new workflow.
import { isAdministrator } from '../access/permission.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema } from '../schema.ts'
import { definitionIn, newVersion, storedWorkflowSchema, viewStored, workflowBodySchema } from '../workflow-body.ts'

const route = apiRoute(
  { action: 'create_workflow', scope: 'edit' },
  {
    method: 'post',
    path: '/api/v1/workflows',
    tags: ['Workflows'],
    summary: 'Store a workflow',
    request: { query: communityQuerySchema, body: jsonBody(workflowBodySchema) },
    refuses: ['NOT_SUPPORTED', 'VALIDATION_FAILED', 'CONFLICT'],
    responses: answers({ 201: { description: 'Version 1 of it', schema: storedWorkflowSchema } }),
  },
)

export const createWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    const { definition, warnings } = await deps.checkDefinition(definitionIn(body), '')
    const workflowId = definition.workflow_id ?? deps.randomId()
    const version = newVersion({ communityId, workflowId }, definition, identity, deps.clock())
    const stored = await deps.workflows.create(version, isAdministrator(identity))
    if (stored === null)
      throw new ApiError(
        'CONFLICT',
        `The id ${workflowId} is taken: PUT makes a new version of that workflow. A deleted one is its owner's.`,
      )
    return succeed(c, viewStored(stored), { status: 201, message: 'Workflow created', meta: { warnings } })
  })
}
