// From how a request went to the decisions about access that it holds: what the log says, and what is a row of the audit log. Pure.
import type { AuditLine } from '../../observability/audit-line.ts'
import { type Access, isAudited, isReading } from '../api-route.ts'
import type { ErrorCode } from '../errors.ts'
import type { Identity } from '../identity.ts'

/** How a request went. */
export interface Outcome {
  readonly method: string
  readonly status: number
  /** Of the refusal; null where there is none. */
  readonly code: ErrorCode | null
  readonly isRateLimited: boolean
  /** Undefined where it was not found out. */
  readonly identity: Identity | undefined
  /** Of the route; undefined where none was reached. */
  readonly access: Access | undefined
}

export type Decision = Pick<AuditLine, 'level' | 'eventType' | 'user' | 'communityId' | 'action' | 'result'> & {
  /** Also a row of the audit log. */
  readonly isKept: boolean
}

/** In the order in which they were taken. None for what is open to anyone. */
export function decisionsOf(outcome: Outcome): readonly Decision[] {
  const { access, identity } = outcome
  if (access !== undefined && 'open' in access && access.open === 'anyone') return []
  return [
    ...(identity === undefined ? refusedIdentity(outcome) : [decision(outcome, 'AUTH', 'authenticate', 'SUCCESS')]),
    ...permission(outcome),
    ...action(outcome),
  ]
}

const refusedIdentity = (outcome: Outcome): readonly Decision[] =>
  outcome.code === 'UNAUTHORIZED' ? [decision(outcome, 'AUTH', 'authenticate', 'DENIED')] : []

function permission(outcome: Outcome): readonly Decision[] {
  const { access, code, isRateLimited } = outcome
  if (isRateLimited) return [decision(outcome, 'AUTHZ', 'limit_rate', 'DENIED')]
  if (access === undefined) return []
  if (code === 'PERMISSION_DENIED') return [{ ...decision(outcome, 'AUTHZ', access.action, 'DENIED'), isKept: true }]
  return [decision(outcome, 'AUTHZ', access.action, 'SUCCESS')]
}

/** What was done, or went wrong on our side. */
function action(outcome: Outcome): readonly Decision[] {
  const { access, method, status, code } = outcome
  if (access === undefined || code === 'PERMISSION_DENIED') return []
  if (status >= 500 && status !== 504) return [decision(outcome, 'ERROR', access.action, 'FAILURE')]
  if (isReading(method)) return []
  const isKept = 'scope' in access && isAudited(access, method) && status < 400
  return [{ ...decision(outcome, 'AUDIT', access.action, resultOf(status)), isKept }]
}

const resultOf = (status: number): Decision['result'] => {
  if (status < 400) return 'SUCCESS'
  if (status === 404) return 'NOT_FOUND'
  return status === 504 ? 'TIMEOUT' : 'FAILURE'
}

const LEVELS = { SUCCESS: 'INFO', FAILURE: 'ERROR', DENIED: 'WARNING', NOT_FOUND: 'WARNING', TIMEOUT: 'ERROR' } as const

const decision = (
  { identity, access }: Outcome,
  eventType: Decision['eventType'],
  action: string,
  result: Decision['result'],
): Decision => ({
  level: result === 'FAILURE' && eventType === 'AUDIT' ? 'WARNING' : LEVELS[result],
  eventType,
  communityId: identity?.communityId ?? null,
  user: identity?.user ?? (access !== undefined && 'open' in access ? access.open : null),
  action,
  result,
  isKept: false,
})
