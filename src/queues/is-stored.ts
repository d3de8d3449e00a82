// Whether history has what a message tells, so that what was to be done before it was stored has been done.
import type { ExecutionHistory } from '../history/execution-history.ts'
import type { HistoryMessage } from '../history/history-message.ts'

/** What is stored of this epoch was dealt with before it was stored; a later epoch may have come before it. */
export async function isStored(
  { execution_id, epoch, seq }: HistoryMessage,
  history: Pick<ExecutionHistory, 'getStamp'>,
): Promise<boolean> {
  const stamp = await history.getStamp(execution_id)
  return stamp !== null && stamp.epoch === epoch && stamp.seq >= seq
}
