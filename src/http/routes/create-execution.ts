// Starts an execution of a stored workflow or of an inline definition.
import { createRoute, z } from '@hono/zod-openapi'
import { jsonBody } from '../answer.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema } from '../schema.ts'
import { answerStart, startAnswers } from '../start/answer-start.ts'
import { storedTarget } from '../start/find-workflow.ts'
import { refuseUnsupportedFields, startBodySchema } from '../start/start-body.ts'
import type { StartTarget } from '../start/start-execution.ts'

const bodySchema = startBodySchema.extend({
  workflow_id: z.string().min(1).optional().openapi({ description: 'A stored workflow. Give this or `workflow`.' }),
  workflow: z
    .unknown()
    .optional()
    .openapi({ type: 'object', description: 'A definition as in `POST /workflows`; its `workflow_id` is a label only.' }),
})
type Body = z.infer<typeof bodySchema>

const route = createRoute({
  method: 'post',
  path: '/api/v1/executions',
  tags: ['Executions'],
  summary: 'Start a stored workflow or an inline definition',
  request: { query: communityQuerySchema, body: jsonBody(bodySchema) },
  responses: startAnswers,
})

export const createExecution: AddRoute = (app, deps) => {
  const findTarget = async (body: Body, communityId: string): Promise<StartTarget> => {
    if (body.workflow === undefined) {
      if (body.workflow_id === undefined) throw badRequest('workflow_id', 'Give workflow_id, or a workflow')
      return storedTarget(await deps.findWorkflow(communityId, body.workflow_id, body.version), body.version)
    }
    if (body.workflow_id !== undefined) throw badRequest('workflow_id', 'Give workflow_id or workflow, not both')
    if (body.version !== undefined) throw badRequest('version', 'An inline workflow has no versions')
    const { definition, configHash } = await deps.checkDefinition(body.workflow, 'workflow')
    return { definition, configHash, workflowId: definition.workflow_id ?? null, workflowVersion: null, versionAskedFor: null }
  }

  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    refuseUnsupportedFields(body)
    const communityId = resolveCommunity(c.get('identity'), body.community_id ?? c.req.valid('query').community_id)
    return answerStart(c, deps, { body, communityId, target: await findTarget(body, communityId) })
  })
}
