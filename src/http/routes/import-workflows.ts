// Takes workflows in, as `GET /workflows/export` gives them; each has its own result.
import { z } from '@hono/zod-openapi'
import { answers, errorSchema, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { resolveCommunity } from '../identity.ts'
import { importWorkflow } from '../import-workflow.ts'
import { MAX_IMPORTED } from '../limits.ts'
import { communityIdSchema, communityQuerySchema } from '../schema.ts'

const bodySchema = z
  .object({
    community_id: communityIdSchema.optional(),
    workflows: z
      // Read one by one: what is wrong with one says nothing of the others.
      .array(z.unknown().openapi({ type: 'object', description: 'As the body of `POST /workflows`' }))
      .min(1)
      .max(MAX_IMPORTED),
    on_conflict: z
      .enum(['version', 'skip', 'fail'])
      .default('fail')
      .openapi({ description: 'What becomes of a workflow whose id exists: a new version of it, nothing, or a refusal.' }),
  })
  .openapi('ImportWorkflows')

const resultSchema = z
  .union([
    z.object({
      index: z.int(),
      workflow_id: z.string(),
      outcome: z.enum(['created', 'updated', 'unchanged', 'skipped']),
      version: z.int(),
    }),
    z.object({
      index: z.int(),
      workflow_id: z.string().nullable(),
      outcome: z.literal('refused'),
      error_code: z.string(),
      message: z.string(),
      issues: errorSchema.shape.details.shape.issues.unwrap(),
    }),
  ])
  .openapi('ImportResult')

const route = apiRoute(
  { action: 'import_workflows', scope: 'edit' },
  {
    method: 'post',
    path: '/api/v1/workflows/import',
    tags: ['Workflows'],
    summary: `Import up to ${MAX_IMPORTED} workflows`,
    request: { query: communityQuerySchema, body: jsonBody(bodySchema) },
    responses: answers({ 200: { description: 'One result for each, in their order', schema: z.array(resultSchema) } }),
  },
)

export const importWorkflows: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { workflows, on_conflict: onConflict, community_id } = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, community_id, c.req.valid('query').community_id)
    const results: z.infer<typeof resultSchema>[] = []
    // One after the other: of two that bear the same id, the second finds the first.
    for (const [index, value] of workflows.entries())
      results.push({ index, ...(await importWorkflow(deps, { value, identity, communityId, onConflict, index })) })
    return succeed(c, results, { meta: { refused: results.filter(({ outcome }) => outcome === 'refused').length } })
  })
}
