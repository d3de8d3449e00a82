// What Runners have answered to the objects that asked, so that a test can go on once an attempt is "running".
import { vi } from 'vitest'
import { Runner } from '../../src/runner/runner.ts'
import type { AttemptAnswer } from '../../src/runner/task.ts'
import { untilPresent } from './outside.ts'

export class RunnerAnswers {
  readonly #answers: AttemptAnswer[] = []

  constructor() {
    const run = Runner.prototype.run
    const answers = this.#answers
    vi.spyOn(Runner.prototype, 'run').mockImplementation(async function (this: Runner, task) {
      const answer = await run.call(this, task)
      answers.push(answer)
      return answer
    })
  }

  /** The n-th answer (from 0), now or when it is given. */
  answer(index: number): Promise<AttemptAnswer> {
    return untilPresent(() => this.#answers[index])
  }
}
