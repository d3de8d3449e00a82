// The HTTP side that the routes of control share: asks the execution, and turns what it refuses into coded answers.
import { z } from '@hono/zod-openapi'
import type { ExecutionStatus } from '../core/state.ts'
import type { ControlAnswer, ControlCommand, Refusal, ReplayAnswer, Standing } from '../execution/contract.ts'
import { isoTime } from '../history/iso-time.ts'
import type { AppDeps } from './deps.ts'
import { ApiError } from './errors.ts'
import { executionStatusSchema, timeLimitShape } from './execution-schema.ts'
import { communityIdSchema } from './schema.ts'
import { refuseUnknown } from './waiting/refuse-unknown.ts'

/** What the bodies of all these routes may hold. */
export const controlBodySchema = z.object({ community_id: communityIdSchema.optional() })

export const controlledSchema = z
  .object({
    execution_id: z.string(),
    status: executionStatusSchema,
    epoch: z.int().openapi({ description: 'Grows with every `recover` and `replay`' }),
    seq: z.int().openapi({ description: 'Events so far' }),
    at: z.iso.datetime(),
    ...timeLimitShape,
  })
  .openapi('ControlledExecution')

type Controlled = z.infer<typeof controlledSchema>

export interface ControlOrder {
  readonly executionId: string
  readonly communityId: string
}

/** @throws ApiError 404 where there is no such execution, 409 where it is not in a state for this */
export async function controlExecution(deps: AppDeps, order: ControlOrder, command: ControlCommand): Promise<Controlled> {
  const answer = await deps.execution(order.executionId).control(order.communityId, command)
  return readAnswer(deps, order, answer)
}

/** @throws ApiError also 400, with every issue of a replay */
export async function readAnswer(deps: AppDeps, order: ControlOrder, answer: ControlAnswer | ReplayAnswer): Promise<Controlled> {
  const { executionId } = order
  switch (answer.kind) {
    case 'done':
      return showStanding(executionId, answer, answer.at)
    case 'not_found':
      return refuseUnknown(deps, executionId, order.communityId)
    case 'invalid':
      throw new ApiError('VALIDATION_FAILED', answer.issues[0]?.message ?? 'This cannot be replayed', { issues: answer.issues })
    case 'refused':
      throw new ApiError('CONFLICT', refusal(executionId, answer.reason, answer.status))
  }
}

/** @param at ms since the epoch */
export const showStanding = (executionId: string, standing: Standing, at: number): Controlled => ({
  execution_id: executionId,
  status: standing.status,
  epoch: standing.epoch,
  seq: standing.seq,
  at: isoTime(at),
  timeout_seconds: standing.timeoutSeconds,
  deadline_at: standing.deadlineAt === null ? null : isoTime(standing.deadlineAt),
})

function refusal(executionId: string, reason: Refusal, status: ExecutionStatus): string {
  switch (reason) {
    case 'ALREADY_PAUSED':
      return `Execution ${executionId} is paused already`
    case 'NOT_PAUSED':
      return `Execution ${executionId} is not paused: it is ${status}`
    case 'NOT_FINISHED':
      return `Execution ${executionId} is ${status}: only one that has ended can be replayed. Cancel it first.`
    case 'ALREADY_FINISHED':
      return `Execution ${executionId} is ${status}: it has ended`
    case 'SUPERSEDED_EPOCH':
      return `Execution ${executionId} was recovered or replayed just now: look at it, then ask again`
    case 'BEING_REMOVED':
      return `Execution ${executionId} is being erased just now`
    default:
      return `Execution ${executionId} is ${status}, which does not allow this (${reason})`
  }
}
