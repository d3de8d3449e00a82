// Starts up to a hundred executions with one request; each has its own result.
import { z } from '@hono/zod-openapi'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest } from '../errors.ts'
import { startedSchema } from '../execution-schema.ts'
import { expiredSchema } from '../expired-view.ts'
import { resolveCommunity } from '../identity.ts'
import { MAX_BATCH_STARTS } from '../limits.ts'
import { START_HEADERS } from '../reference/headers.ts'
import { communityIdSchema, communityQuerySchema } from '../schema.ts'
import { startSource } from '../start/answer-start.ts'
import { startBatch } from '../start/start-batch.ts'
import { namedStartSchema } from '../start/start-body.ts'

const bodySchema = z
  .object({
    executions: z
      // Read one by one: what is wrong with one says nothing of the others.
      .array(z.unknown().openapi({ type: 'object', description: 'As the body of `POST /executions`, but it never waits' }))
      .min(1)
      .max(MAX_BATCH_STARTS),
    ...namedStartSchema.pick({ workflow_id: true, workflow: true, version: true }).shape,
    community_id: communityIdSchema.optional(),
  })
  .openapi('StartBatch')

const resultSchema = z
  .union([
    z.object({
      index: z.int(),
      status: z.literal([200, 202]).openapi({ type: 'integer', enum: [200, 202] }),
      execution_id: z.string(),
      replayed: z.boolean().openapi({ description: 'The same `idempotency_key` had started it before' }),
      data: z.union([startedSchema, expiredSchema]),
    }),
    z.object({
      index: z.int(),
      status: z.int().openapi({ description: 'What the start would have been answered with by itself' }),
      error_code: z.string(),
      message: z.string(),
      issues: z.array(z.record(z.string(), z.unknown())).optional(),
    }),
  ])
  .openapi('StartBatchResult')

const route = apiRoute(
  { action: 'create_executions', scope: 'execute' },
  {
    method: 'post',
    path: '/api/v1/executions/batch',
    tags: ['Executions'],
    summary: `Start up to ${MAX_BATCH_STARTS} executions`,
    description:
      '`workflow_id` or `workflow` beside `executions` is what those run that name none. Headers of a start hold for all of them, but `Idempotency-Key`: each has its `idempotency_key`.',
    request: { query: communityQuerySchema, body: jsonBody(bodySchema) },
    reads: START_HEADERS.filter((name) => name !== 'Idempotency-Key' && name !== 'Prefer'),
    responses: answers({
      200: { description: 'One result for each, in their order; `meta` counts them', schema: z.array(resultSchema) },
    }),
  },
)

export const createExecutions: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { executions: items, community_id, ...shared } = c.req.valid('json')
    const communityId = resolveCommunity(c.get('identity'), community_id, c.req.valid('query').community_id)
    if (c.req.header('Idempotency-Key') !== undefined)
      throw badRequest('Idempotency-Key', 'A batch has no key of its own: give each execution its idempotency_key')
    const results = await startBatch(deps, startSource(c, deps, communityId), { items, shared })
    const started = results.filter((result) => 'execution_id' in result).length
    return succeed(c, results, { meta: { started, refused: results.length - started } })
  })
}
