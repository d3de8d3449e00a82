// Which executions a list or a search wants, and the condition that says so in SQL. Always within one community.
import { and, eq, gte, inArray, lte } from 'drizzle-orm'
import type { AccessReach } from './access-reach.ts'
import type { ExecutionRecord } from './execution-record.ts'
import { executions } from './schema.ts'

/** The fields an index can narrow. Absent ones do not filter. */
export interface ExecutionScope {
  readonly communityId: string
  readonly workflowId?: string | undefined
  readonly correlationId?: string | undefined
  /** Bounds of `started_at` in ms, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export interface ExecutionFilter extends ExecutionScope {
  /** Whose access it is for; absent: everything of the community. */
  readonly reach?: AccessReach | undefined
  /** Any of these; absent: all. */
  readonly statuses?: readonly ExecutionRecord['status'][] | undefined
}

export const inScope = (scope: ExecutionScope) =>
  and(
    eq(executions.community_id, scope.communityId),
    scope.workflowId === undefined ? undefined : eq(executions.workflow_id, scope.workflowId),
    scope.correlationId === undefined ? undefined : eq(executions.correlation_id, scope.correlationId),
    scope.from === undefined ? undefined : gte(executions.started_at, scope.from),
    scope.to === undefined ? undefined : lte(executions.started_at, scope.to),
  )

export const hasStatus = (statuses: ExecutionFilter['statuses']) =>
  statuses === undefined ? undefined : inArray(executions.status, [...statuses])
