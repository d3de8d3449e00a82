// Says everything that is wrong with a definition; stores nothing.
import { z } from '@hono/zod-openapi'
import { configHash } from '../../core/config-hash.ts'
import { checkDefinition } from '../../core/validate-definition.ts'
import { answers, errorSchema, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { definitionIn, workflowBodySchema } from '../workflow-body.ts'

const resultSchema = z.object({
  valid: z.boolean(),
  /** Null where it is not valid. */
  config_hash: z.string().nullable(),
  issues: errorSchema.shape.details.shape.issues.unwrap(),
})

const route = apiRoute(
  { action: 'validate_workflow', scope: 'view' },
  {
    method: 'post',
    path: '/api/v1/workflows/validate',
    tags: ['Workflows'],
    summary: 'Find every problem of a definition, storing nothing',
    request: { body: jsonBody(workflowBodySchema) },
    responses: answers({ 200: { description: 'All issues, warnings included', schema: resultSchema } }),
  },
)

export const validateWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { definition, issues } = checkDefinition(definitionIn(c.req.valid('json')), deps.nodeTypes)
    const valid = definition !== null
    return succeed(c, { valid, config_hash: valid ? configHash(definition) : null, issues })
  })
}
