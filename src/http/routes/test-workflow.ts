// Dry run of a stored workflow: what it would do, without doing it.
import { answers, jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { answerDryRun } from '../dry-run/answer-dry-run.ts'
import { dryRunBodySchema } from '../dry-run/dry-run-body.ts'
import { dryRunSchema } from '../dry-run/dry-run-schema.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { storedTarget } from '../start/find-workflow.ts'

const route = apiRoute(
  { action: 'test_workflow', scope: 'execute', on: 'workflow' },
  {
    method: 'post',
    path: '/api/v1/workflows/{id}/test',
    tags: ['Workflows'],
    summary: 'Run a stored workflow dry: in virtual time, without any effect',
    description: 'Answers 200 also where the workflow fails. Past 30 s: 504 `EXECUTION_TIMEOUT`.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(dryRunBodySchema) },
    refuses: ['NOT_SUPPORTED', 'VALIDATION_FAILED', 'EXECUTION_TIMEOUT'],
    sends: ['X-Execution-ID'],
    responses: answers({ 200: { description: 'What it did, node by node', schema: dryRunSchema } }),
  },
)

export const testWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const communityId = resolveCommunity(c.get('identity'), body.community_id, c.req.valid('query').community_id)
    const stored = await deps.findWorkflow(communityId, c.req.valid('param').id, body.version)
    return answerDryRun(c, deps, { body, communityId, target: storedTarget(stored, body.version) })
  })
}
