// Decides how an attempt's result travels: as the answer where it is there within the bound, else by a settlement of its own.
// The Runner calls it; the object that asked may hibernate meanwhile.
import type { AttemptResult } from '../core/node-type.ts'
import type { AttemptAnswer, AttemptTask, Settlement } from './task.ts'

export interface AnswerDeps {
  /** Never rejects. */
  readonly perform: (task: AttemptTask) => Promise<AttemptResult>
  readonly deliver: (settlement: Settlement) => Promise<void>
  /** Keeps the Runner alive until the promise settles. */
  readonly waitUntil: (promise: Promise<unknown>) => void
  /** Resolves when the bound has passed. */
  readonly bound: Promise<void>
}

export async function answerTask(task: AttemptTask, deps: AnswerDeps): Promise<AttemptAnswer> {
  const result = deps.perform(task)
  const answer = Promise.race([
    result.then((settled): AttemptAnswer => ({ kind: 'settled', result: settled })),
    deps.bound.then((): AttemptAnswer => ({ kind: 'running' })),
  ])
  // From the start, not from the answer on: a caller that hangs up in between must not end the attempt.
  deps.waitUntil(deliverIfLate(task, result, answer, deps))
  return answer
}

async function deliverIfLate(
  task: AttemptTask,
  result: Promise<AttemptResult>,
  answer: Promise<AttemptAnswer>,
  deps: AnswerDeps,
): Promise<void> {
  if ((await answer).kind === 'settled') return
  const { executionId, epoch, node, attempt } = task
  await deps.deliver({ executionId, epoch, node, attempt, result: await result })
}
