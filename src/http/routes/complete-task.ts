// An external worker has done its task: the node that waits for it goes on with the output.
import { z } from '@hono/zod-openapi'
import { jsonBody } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { communityQuerySchema, idParamsSchema, jsonValueSchema } from '../schema.ts'
import { answerTask, settledAnswers } from '../waiting/settle-task.ts'

const bodySchema = z.object({ output: jsonValueSchema.optional().openapi({ description: 'Of the node; none is null' }) })

const route = apiRoute(
  { action: 'complete_task', scope: 'worker' },
  {
    method: 'post',
    path: '/api/v1/tasks/{id}/complete',
    tags: ['Workers'],
    summary: 'Complete a task',
    description: 'The first that is told of a task counts; a repeat changes nothing.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema) },
    refuses: ['NOT_FOUND', 'EXECUTION_NOT_FOUND', 'CONFLICT'],
    sends: ['X-Execution-ID'],
    responses: settledAnswers,
  },
)

export const completeTask: AddRoute = (app, deps) => {
  app.openapi(route, (c) =>
    answerTask(c, deps, {
      taskId: c.req.valid('param').id,
      community: c.req.valid('query').community_id,
      result: { kind: 'completed', output: c.req.valid('json').output ?? null },
    }),
  )
}
