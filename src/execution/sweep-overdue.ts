// Wakes what should have woken long ago: the platform drops an alarm whose handler failed six times. The Worker's cron calls it.

import type { ExecutionHistory } from '../history/execution-history.ts'
import { logError } from '../observability/log-error.ts'
import type { ExecutionRpc } from './contract.ts'

/** History's moment is that of the last message: an execution that is later than this is worth a look. */
export const OVERDUE_AFTER_MS = 5 * 60_000
/** The rest is left to the next run. */
export const MAX_WOKEN_PER_SWEEP = 100

export interface SweepDeps {
  readonly history: Pick<ExecutionHistory, 'listOverdue'>
  execution(id: string): Pick<ExecutionRpc, 'wake'>
  now(): number
}

/** One that cannot be woken keeps none of the others from it. */
export async function sweepOverdue({ history, execution, now }: SweepDeps): Promise<void> {
  const ids = await history.listOverdue(now() - OVERDUE_AFTER_MS, MAX_WOKEN_PER_SWEEP)
  const wake = (id: string) =>
    execution(id)
      .wake()
      .catch((error: unknown) => logError('sweep failed', error, { execution_id: id }))
  await Promise.all(ids.map(wake))
}
