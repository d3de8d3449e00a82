// Erases what D1 holds of an execution. A row without content stays: it keeps a late message from bringing the execution back, and
// its id from being used again. Part of `ExecutionHistory`.
import { eq } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { forgetErrors } from './error-index.ts'
import { deadLetters, executions } from './schema.ts'

/** Status of the row that stays. It belongs to no community, so that no list or search shows it. */
export const ERASED = 'erased'
/** No record is newer. */
const LAST_EPOCH = Number.MAX_SAFE_INTEGER

export async function eraseExecution(db: DrizzleD1Database, executionId: string, now: number): Promise<void> {
  const empty = {
    community_id: '',
    workflow_id: null,
    workflow_version: null,
    config_hash: '',
    status: ERASED,
    epoch: LAST_EPOCH,
    seq: 0,
    priority: '',
    trigger_type: '',
    triggered_by: '',
    trace_id: '',
    correlation_id: null,
    parent_execution_id: null,
    metadata: '{}',
    started_at: now,
    ended_at: now,
    nodes_executed: 0,
    error_code: null,
    error_message: null,
    error_node_id: null,
    wake_at: null,
    expires_at: null,
  }
  await db.batch([
    forgetErrors(db, [executionId]),
    db
      .insert(executions)
      .values({ execution_id: executionId, ...empty })
      .onConflictDoUpdate({ target: executions.execution_id, set: empty }),
    db.delete(deadLetters).where(eq(deadLetters.execution_id, executionId)),
  ])
}
