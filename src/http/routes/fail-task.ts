// An external worker gives its task up: the node's retry policy says whether there is another attempt.
import { z } from '@hono/zod-openapi'
import { jsonByteLength } from '../../core/json.ts'
import { MAX_LOG_MESSAGE_BYTES } from '../../core/limits.ts'
import { cutText } from '../../nodes/cut-text.ts'
import { jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { MAX_TASK_CAUSE_BYTES } from '../limits.ts'
import { communityQuerySchema, idParamsSchema, jsonValueSchema } from '../schema.ts'
import { answerTask, settledAnswers } from '../waiting/settle-task.ts'

const bodySchema = z
  .object({
    code: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,63}$/, { error: 'it must be up to 64 capital letters, digits and underscores, a letter first' })
      .default('TASK_FAILED'),
    message: z.string().min(1),
    retryable: z
      .boolean()
      .default(true)
      .openapi({ description: 'Whether another attempt may help; retry policies may overrule it.' }),
    cause: jsonValueSchema
      .refine((cause) => jsonByteLength(cause) <= MAX_TASK_CAUSE_BYTES, {
        error: `it is larger than ${MAX_TASK_CAUSE_BYTES} bytes as JSON`,
      })
      .optional(),
  })
  .openapi('TaskFailure')

const route = apiRoute(
  { action: 'fail_task', scope: 'worker' },
  {
    method: 'post',
    path: '/api/v1/tasks/{id}/fail',
    tags: ['Workers'],
    summary: 'Give a task up',
    description: 'The first that is told of a task counts; a repeat changes nothing. Another attempt is another task.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema) },
    refuses: ['NOT_FOUND', 'EXECUTION_NOT_FOUND', 'CONFLICT'],
    sends: ['X-Execution-ID'],
    responses: settledAnswers,
  },
)

export const failTask: AddRoute = (app, deps) => {
  app.openapi(route, (c) => {
    const { code, message, retryable, cause } = c.req.valid('json')
    const told = cutText(message, MAX_LOG_MESSAGE_BYTES, '[truncated]')
    return answerTask(c, deps, {
      taskId: c.req.valid('param').id,
      community: c.req.valid('query').community_id,
      result: { kind: 'failed', error: { code, message: told, retryable, ...(cause !== undefined && { cause }) } },
    })
  })
}
