// Shows what differs between two versions of a workflow.
import { z } from '@hono/zod-openapi'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import { compareDefinitions } from '../compare-definitions.ts'
import type { AddRoute } from '../deps.ts'
import { workflowNotFound } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { versionSchema } from '../workflow-version.ts'

const changeSchema = z
  .object({
    kind: z.enum(['added', 'removed', 'changed']),
    path: z
      .string()
      .openapi({ description: 'Nodes by id, edges by their ends: `nodes.greet.config.prompt`, `edges["a.true → b"]`' }),
    before: z.unknown().optional().openapi({ description: 'Absent where it was added' }),
    after: z.unknown().optional().openapi({ description: 'Absent where it was removed' }),
  })
  .openapi('DefinitionChange')

const comparisonSchema = z.object({ from: z.int(), to: z.int(), changes: z.array(changeSchema) })

const route = apiRoute(
  { action: 'compare_workflow_versions', scope: 'view', on: 'workflow' },
  {
    method: 'get',
    path: '/api/v1/workflows/{id}/versions/compare',
    tags: ['Workflows'],
    summary: 'Compare two versions of a workflow',
    request: {
      params: idParamsSchema,
      query: communityQuerySchema.extend({
        from: versionSchema,
        to: versionSchema.optional().openapi({ description: 'Absent: the latest.' }),
      }),
    },
    responses: answers({
      200: { description: 'What has changed on the way; nothing where they are alike', schema: comparisonSchema },
    }),
  },
)

export const compareWorkflowVersions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const { from, to, community_id } = c.req.valid('query')
    const communityId = resolveCommunity(c.get('identity'), community_id)
    const [before, after] = await Promise.all([from, to].map((version) => deps.workflows.get(communityId, id, version)))
    if (before == null) throw workflowNotFound(id, from)
    if (after == null) throw workflowNotFound(id, to)
    const changes = compareDefinitions(before.definition, after.definition)
    return succeed(c, { from: before.version, to: after.version, changes })
  })
}
