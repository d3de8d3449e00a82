// Starts many executions, each as if it came alone: one that is refused keeps none of the others from starting.
import type { z } from '@hono/zod-openapi'
import { logError } from '../../observability/log-error.ts'
import { asRefusal } from '../as-refusal.ts'
import type { RouteDeps } from '../deps.ts'
import { badRequest, type RequestIssue } from '../errors.ts'
import { invalidRequest } from '../invalid-request.ts'
import { BATCH_STARTS_AT_ONCE } from '../limits.ts'
import { mapBounded } from '../map-bounded.ts'
import { findTarget, type NamedTarget } from './find-target.ts'
import { namedStartSchema } from './start-body.ts'
import { type StartResult, type StartTarget, startExecution } from './start-execution.ts'
import { readOrder, type StartSource } from './start-order.ts'

type NamedStart = z.infer<typeof namedStartSchema>

export interface Batch {
  /** Each as the body of `POST /executions`. */
  readonly items: readonly unknown[]
  /** What the items run that name nothing. */
  readonly shared: NamedTarget
}

/** How one item went; the words are those of an answer to it alone. */
export type BatchItemResult =
  | {
      readonly index: number
      readonly status: 200 | 202
      readonly execution_id: string
      /** The same `idempotency_key` had started it before. */
      readonly replayed: boolean
      readonly data: StartResult['data']
    }
  | {
      readonly index: number
      readonly status: number
      readonly error_code: string
      readonly message: string
      readonly issues?: readonly RequestIssue[]
    }

/** One result for each item, in their order. */
export function startBatch(deps: RouteDeps, source: StartSource, { items, shared }: Batch): Promise<BatchItemResult[]> {
  const findOnce = rememberTargets(deps, source)
  return mapBounded(items, BATCH_STARTS_AT_ONCE, async (item, index) => {
    try {
      const body = readItem(item, source)
      const target = await findOnce(namesTarget(body) ? body : { ...shared, version: body.version ?? shared.version })
      const { executionId, replayed, data } = await startExecution(deps, readOrder(source, body, target))
      return { index, status: replayed ? 200 : 202, execution_id: executionId, replayed, data } as const
    } catch (error) {
      return refused(index, error)
    }
  })
}

const namesTarget = ({ workflow, workflow_id }: NamedStart): boolean => workflow !== undefined || workflow_id !== undefined

/** @throws ApiError also for what only a start by itself may ask for */
function readItem(item: unknown, { communityId }: StartSource): NamedStart {
  const parsed = namedStartSchema.safeParse(item)
  if (!parsed.success) throw invalidRequest(parsed.error)
  const { community_id: named = communityId, async_execution: isAsync = true } = parsed.data
  if (named !== communityId) throw badRequest('community_id', `A batch starts in one community, here ${communityId}`)
  if (!isAsync) throw badRequest('async_execution', 'A batch does not wait: start it by itself, or follow its stream')
  return { ...parsed.data, async_execution: true }
}

/** What several items name is found once, also while the first look-up is under way. */
function rememberTargets(deps: RouteDeps, source: StartSource): (named: NamedTarget) => Promise<StartTarget> {
  const found = new Map<unknown, Promise<StartTarget>>()
  return (named) => {
    const { workflow, workflow_id, version } = named
    const key = workflow === undefined ? JSON.stringify([workflow_id, version]) : version === undefined ? workflow : named
    const target = found.get(key) ?? findTarget(deps, named, source)
    found.set(key, target)
    return target
  }
}

function refused(index: number, error: unknown): BatchItemResult {
  const refusal = asRefusal(error)
  if (refusal.status >= 500) logError('a start of a batch failed', error, { index })
  const { status, code, message, issues } = refusal
  return { index, status, error_code: code, message, ...(issues.length > 0 && { issues }) }
}
