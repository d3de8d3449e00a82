// The Runner: a stateless entrypoint that performs one attempt. The Execution object calls it over `ctx.exports.Runner`; it
// answers within a bound, because the object is billed for every moment it waits, and settles late results by a call back.
import { WorkerEntrypoint } from 'cloudflare:workers'
import { answerTask } from './answer-task.ts'
import { deliverSettlement } from './deliver-settlement.ts'
import { performAttempt } from './perform-attempt.ts'
import { attemptDeps, deliveryDeps, type RunnerEnv } from './runner-deps.ts'
import type { AttemptAnswer, AttemptTask } from './task.ts'

/** How long the object waits for an answer (ARCHITECTURE, law 3). */
const ANSWER_WITHIN_MS = 250
/** A Worker outlives its answer by 30 s at most; what is left after this settles the result. */
export const LONGEST_ATTEMPT_MS = 24_000

export class Runner extends WorkerEntrypoint<RunnerEnv> {
  run(task: AttemptTask): Promise<AttemptAnswer> {
    const { env, ctx } = this
    return answerTask(
      { ...task, timeoutMs: Math.min(task.timeoutMs, LONGEST_ATTEMPT_MS) },
      {
        perform: (bounded) => performAttempt(bounded, attemptDeps(env)),
        deliver: (settlement) => deliverSettlement(settlement, deliveryDeps(env)),
        waitUntil: (promise) => ctx.waitUntil(promise),
        bound: new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS)),
      },
    )
  }
}
