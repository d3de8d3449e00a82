// Makes an old version of a workflow its latest again: as a new version with the old content.

import { z } from '@hono/zod-openapi'
import { jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityIdSchema, communityQuerySchema } from '../schema.ts'
import { newVersion } from '../workflow-body.ts'
import { answerVersion, saveVersion, versionAnswers, versionParamsSchema } from '../workflow-version.ts'

const bodySchema = z.object({ community_id: communityIdSchema.optional() })

const route = apiRoute(
  { action: 'restore_workflow_version', scope: 'edit', on: 'workflow' },
  {
    method: 'post',
    path: '/api/v1/workflows/{id}/versions/{version}/restore',
    tags: ['Workflows'],
    summary: 'Make an old version the latest again',
    description: 'As a new version with the old content. It is validated as if it were new.',
    request: { params: versionParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema, 'May be empty') },
    refuses: ['NOT_SUPPORTED', 'VALIDATION_FAILED', 'PRECONDITION_FAILED'],
    reads: ['If-Match'],
    sends: ['ETag'],
    responses: versionAnswers,
  },
)

export const restoreWorkflowVersion: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id, version } = c.req.valid('param')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, c.req.valid('json').community_id, c.req.valid('query').community_id)
    const old = await deps.workflows.get(communityId, id, version)
    if (old === null) throw workflowNotFound(id, version)
    const { definition, warnings } = await deps.checkDefinition(old.definition, '')
    const restored = newVersion({ communityId, workflowId: id }, definition, identity, deps.clock())
    const stored = await saveVersion(c, deps, restored)
    return answerVersion(c, stored, { message: `Version ${version} restored`, meta: { warnings } })
  })
}
