// Shows when a node would be tried again if it failed so often. Nothing is executed.
import { z } from '@hono/zod-openapi'
import { compileGraph } from '../../core/graph.ts'
import { MAX_ATTEMPTS } from '../../core/limits.ts'
import { type RetryPolicy, retryPolicy } from '../../core/retry.ts'
import { retrySchedule, type ScheduledRetry } from '../../core/retry-schedule.ts'
import { nodeInGraph } from '../../history/node-in-graph.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import { controlBodySchema } from '../control-execution.ts'
import type { AddRoute } from '../deps.ts'
import { badRequest } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema } from '../schema.ts'
import { refuseUnknown } from '../waiting/refuse-unknown.ts'

const bodySchema = controlBodySchema.extend({
  node_id: z.string().min(1),
  failures: z
    .int()
    .min(1)
    .max(MAX_ATTEMPTS)
    .optional()
    .openapi({ description: 'Absent: as many as the policy allows attempts.' }),
})

const bounds = z.object({ min: z.number(), max: z.number() }).nullable()

const scheduleSchema = z
  .object({
    execution_id: z.string(),
    node_id: z.string(),
    policy: z.record(z.string(), z.unknown()),
    schedule: z.array(
      z.object({
        failure: z.int().openapi({ description: 'From 1' }),
        outcome: z.enum(['retry', 'may_retry', 'fail']),
        next_attempt: z.int().nullable(),
        delay_ms: bounds.openapi({ description: 'Both bounds of the jitter' }),
        elapsed_ms: bounds.openapi({ description: 'From the first attempt, were each to take no time' }),
      }),
    ),
  })
  .openapi('RetrySchedule')

const route = apiRoute(
  { action: 'test_retry', scope: 'execute', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/test-retry',
    tags: ['Control'],
    summary: 'Show when a node would be tried again',
    description: 'For failures that are retried; nothing is executed.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema) },
    refuses: ['CONFLICT'],
    responses: answers({ 200: { description: 'The schedule', schema: scheduleSchema } }),
  },
)

export const testRetry: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const { community_id, node_id, failures } = c.req.valid('json')
    const communityId = resolveCommunity(c.get('identity'), community_id, c.req.valid('query').community_id)
    const definition = await deps.execution(id).definition(communityId)
    if (definition === null) return refuseUnknown(deps, id, communityId)
    const node = nodeInGraph(compileGraph(definition, deps.nodeTypes), node_id)
    if (node === undefined) throw badRequest('node_id', `The execution has no node ${node_id}; in a loop it is \`each[0].fetch\``)
    const policy = retryPolicy(node, definition)
    return succeed(c, viewSchedule(id, node_id, policy, retrySchedule(policy, failures ?? policy.max_attempts)))
  })
}

const viewSchedule = (executionId: string, nodeId: string, policy: RetryPolicy, schedule: readonly ScheduledRetry[]) => ({
  execution_id: executionId,
  node_id: nodeId,
  policy: policy.strategy === 'none' ? { ...policy, max_attempts: 1 } : policy,
  schedule: schedule.map(({ failure, outcome, delayMs, elapsedMs }) => ({
    failure,
    outcome,
    next_attempt: delayMs === null ? null : failure + 1,
    delay_ms: delayMs,
    elapsed_ms: elapsedMs,
  })),
})
