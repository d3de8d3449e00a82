// Tells an execution what a worker has made of its task, once; and tells the worker whether that counted.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Command } from '../../core/command.ts'
import type { ExecutionStatus } from '../../core/state.ts'
import { parseTaskId } from '../../core/task-id.ts'
import type { Refusal } from '../../execution/contract.ts'
import { answers, succeed } from '../answer.ts'
import type { AppDeps, HttpEnv } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { executionStatusSchema } from '../execution-schema.ts'
import { resolveCommunity } from '../identity.ts'
import { refuseUnknown } from './refuse-unknown.ts'

const settledSchema = z
  .object({
    task_id: z.string(),
    accepted: z.boolean().openapi({ description: 'False: this task had been settled before, and nothing has changed.' }),
    execution_id: z.string(),
    execution_status: executionStatusSchema,
  })
  .openapi('SettledTask')

export const settledAnswers = answers({ 200: { description: 'It is settled, now or before', schema: settledSchema } })

interface Told {
  readonly taskId: string
  readonly community: string | undefined
  readonly result: Extract<Command, { readonly type: 'settle_task' }>['result']
}

/** @throws ApiError 404 where there is no such task, 409 where it is nobody's any more */
export async function answerTask(c: Context<HttpEnv>, deps: AppDeps, { taskId, community, result }: Told): Promise<Response> {
  const task = parseTaskId(taskId)
  if (task === null) throw new ApiError('NOT_FOUND', `Task not found: ${taskId}`)
  const { executionId, node, since } = task
  const identity = c.get('identity')
  const communityId = resolveCommunity(identity, community)
  const answer = await deps
    .execution(executionId)
    .control(communityId, { type: 'settle_task', node, since, result, by: identity.user })
  if (answer.kind === 'not_found') return refuseUnknown(deps, executionId, communityId)
  const isRepeat = answer.kind === 'refused' && answer.reason === 'ALREADY_SETTLED'
  if (answer.kind === 'refused' && !isRepeat) throw refusal(taskId, answer.reason, answer.status)
  c.header('X-Execution-ID', executionId)
  const data = { task_id: taskId, accepted: !isRepeat, execution_id: executionId, execution_status: answer.status }
  return succeed(c, data, { message: isRepeat ? 'This task was settled before' : 'Task settled' })
}

function refusal(taskId: string, reason: Refusal, status: ExecutionStatus): ApiError {
  switch (reason) {
    case 'UNKNOWN_NODE':
      return new ApiError('NOT_FOUND', `Task not found: ${taskId}`)
    case 'SUPERSEDED_ATTEMPT':
      return new ApiError('CONFLICT', `Task ${taskId} was given up: its node has another task since`)
    case 'ALREADY_FINISHED':
      return new ApiError('CONFLICT', `Task ${taskId} is nobody's any more: its execution is ${status}`)
    default:
      return new ApiError('CONFLICT', `Nobody waits for task ${taskId} any more (${reason})`)
  }
}
