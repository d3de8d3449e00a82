// Writes down what was decided about access, when the answer is known: a line of the log for each decision, and a row for refused
// access and administrative changes. A row that cannot be written is a line of the log, and changes no answer.
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AuditLog } from '../../history/audit-log.ts'
import { formatAuditLine } from '../../observability/audit-line.ts'
import type { KeepsAlive } from '../../observability/gathered-lines.ts'
import { logError } from '../../observability/log-error.ts'
import { type Decision, decisionsOf } from '../access/decisions.ts'
import type { HttpEnv } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { loggedPath } from '../logged-path.ts'

export interface RecordDeps {
  /** Writes to the log, during the request or after its answer. */
  writeAudit(lines: string, request: KeepsAlive): void
  readonly auditLog: Pick<AuditLog, 'append'>
  clock(): number
  randomId(): string
}

export const recordDecisions = (deps: RecordDeps) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    await next()
    const at = deps.clock()
    const decisions = decisionsOf(outcomeOf(c))
    const lines = decisions.map((decision) => formatAuditLine({ at, ...decision }))
    if (lines.length > 0) deps.writeAudit(lines.join('\n'), { waitUntil: (promise) => c.executionCtx.waitUntil(promise) })
    for (const decision of decisions) if (decision.isKept) await keep(deps, c, decision, at)
  })

const outcomeOf = (c: Context<HttpEnv>) => ({
  method: c.req.method,
  status: c.res.status,
  code: c.error instanceof ApiError ? c.error.code : null,
  isRateLimited: c.get('isRateLimited') === true,
  identity: c.get('identity'),
  access: c.get('access'),
})

/** Of paths as they are stored: ids in them may be as long as a caller likes. */
const MAX_TARGET_LENGTH = 512

async function keep(deps: RecordDeps, c: Context<HttpEnv>, { eventType, action, result }: Decision, at: number): Promise<void> {
  const identity = c.get('identity')
  if (identity === undefined) return
  const { communityId, user, keyId } = identity
  const entry = {
    // Of the caller, not of whose things were asked for: nobody can write into another community's log.
    community_id: communityId,
    at,
    id: deps.randomId(),
    event_type: eventType,
    user,
    key_id: keyId,
    action,
    result,
    target: `${c.req.method} ${loggedPath(c.req.path)}`.slice(0, MAX_TARGET_LENGTH),
    request_id: c.get('requestId'),
  }
  try {
    await deps.auditLog.append(entry)
  } catch (error) {
    logError('an entry of the audit log could not be written', error, { request_id: entry.request_id, action })
  }
}
