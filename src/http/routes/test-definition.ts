// Dry run of a definition that is stored nowhere, as an editor has it before it is saved.
import { z } from '@hono/zod-openapi'
import { answers, jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { answerDryRun } from '../dry-run/answer-dry-run.ts'
import { dryRunBodySchema } from '../dry-run/dry-run-body.ts'
import { dryRunSchema } from '../dry-run/dry-run-schema.ts'
import { badRequest } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema } from '../schema.ts'

const bodySchema = dryRunBodySchema.extend({
  workflow: z.unknown().openapi({ type: 'object', description: 'A definition as in `POST /workflows`.' }),
})

const route = apiRoute(
  { action: 'test_definition', scope: 'execute' },
  {
    method: 'post',
    path: '/api/v1/workflows/test',
    tags: ['Workflows'],
    summary: 'Run a definition dry, storing nothing: in virtual time, without any effect',
    description: 'Answers 200 also where the workflow fails. Past 30 s: 504 `EXECUTION_TIMEOUT`.',
    request: { query: communityQuerySchema, body: jsonBody(bodySchema) },
    refuses: ['NOT_SUPPORTED', 'VALIDATION_FAILED', 'EXECUTION_TIMEOUT'],
    sends: ['X-Execution-ID'],
    responses: answers({ 200: { description: 'What it did, node by node', schema: dryRunSchema } }),
  },
)

export const testDefinition: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    if (body.workflow === undefined) throw badRequest('workflow', 'Give a workflow: a definition as in POST /workflows')
    if (body.version !== undefined) throw badRequest('version', 'An inline workflow has no versions')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    const { definition, configHash } = await deps.checkDefinition(body.workflow, 'workflow')
    const workflowId = definition.workflow_id ?? null
    if (workflowId !== null) await c.get('guard').requireLabel(identity, communityId, workflowId, 'can_execute')
    const target = { definition, configHash, workflowId, workflowVersion: null, versionAskedFor: null }
    return answerDryRun(c, deps, { body, communityId, target })
  })
}
