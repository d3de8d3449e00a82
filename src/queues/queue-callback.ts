// Puts the callback of an ended execution on the task queue, which makes the call and repeats it: a slow receiver must not hold up
// history. The history queue's consumer calls it before it stores the record, so that what is stored has its callback under way.
import type { ExecutionHistory } from '../history/execution-history.ts'
import type { HistoryMessage } from '../history/history-message.ts'
import { isStored } from './is-stored.ts'
import type { TaskMessage } from './messages.ts'

export interface QueueCallbackDeps {
  readonly history: Pick<ExecutionHistory, 'getStamp'>
  readonly tasks: { send(message: TaskMessage): Promise<unknown> }
}

/** Nothing where nobody is to be called, or was dealt with before. A repeat gives the call of the same id once more. */
export async function queueCallback(message: HistoryMessage, { history, tasks }: QueueCallbackDeps): Promise<void> {
  const { callback_url: url, error_workflow: _told, ...record } = message
  if (url === undefined || (await isStored(message, history))) return
  await tasks.send({ kind: 'callback', url, record })
}
