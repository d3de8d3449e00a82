import { expect, it } from 'vitest'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { answerTask } from '../../src/runner/answer-task.ts'
import type { Settlement } from '../../src/runner/task.ts'
import { attemptTask } from '../support/attempt-task.ts'

const result: AttemptResult = { kind: 'completed', output: 'done' }
const settlement: Settlement = { executionId: 'e1e1e1e1e1e1e1e1', epoch: 1, node: 'call', attempt: 2, result }

/** The Runner's surroundings, with both sides of the race in the test's hands. */
function surroundings() {
  const attempt = Promise.withResolvers<AttemptResult>()
  const bound = Promise.withResolvers<void>()
  const delivered: Settlement[] = []
  const kept: Promise<unknown>[] = []
  const deps = {
    perform: () => attempt.promise,
    deliver: async (late: Settlement) => void delivered.push(late),
    waitUntil: (promise: Promise<unknown>) => void kept.push(promise),
    bound: bound.promise,
  }
  return { attempt, bound, delivered, kept, deps }
}

it('a result within the bound is the answer, and nothing is delivered', async () => {
  const { attempt, bound, delivered, kept, deps } = surroundings()
  const answer = answerTask(attemptTask(), deps)
  attempt.resolve(result)
  expect(await answer).toEqual({ kind: 'settled', result })
  bound.resolve()
  await Promise.all(kept)
  expect(delivered).toEqual([])
})

it('a result after the bound is delivered once, under the name of its attempt', async () => {
  const { attempt, bound, delivered, kept, deps } = surroundings()
  const answer = answerTask(attemptTask(), deps)
  bound.resolve()
  expect(await answer).toEqual({ kind: 'running' })
  expect(delivered).toEqual([])
  attempt.resolve(result)
  await Promise.all(kept)
  expect(delivered).toEqual([settlement])
})

it('the attempt is kept alive from the start, should the caller hang up before the answer', async () => {
  const { kept, deps } = surroundings()
  void answerTask(attemptTask(), deps)
  expect(kept).toHaveLength(1)
})
