// The world that handed-off nodes call. Its answers depend on the seed, the node and how many of its answers the engine has
// taken, as those of an idempotent receiver do: a call that is repeated because its answer was lost gets the same answer.
import type { Json } from '../../src/core/json.ts'
import type { NodeErrorCode } from '../../src/core/node-error.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { failure, success } from '../support/run.ts'
import { Random } from './random.ts'

export class FakeWorld {
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  /** @param taken answers of this node that the engine has accepted so far */
  answer(node: string, taken: number): AttemptResult {
    const random = new Random(this.#seed, 'answer', node, taken)
    const code = (code: NodeErrorCode, retryable: boolean) => failure({ code, message: `${node} ${taken}`, retryable })
    switch (random.pickWeighted({ success: 62, network: 18, unavailable: 7, tooLong: 2, notFound: 6, listed: 3, limited: 2 })) {
      case 'success':
        return success(randomOutput(random))
      case 'network':
        return code('NETWORK_ERROR', true)
      case 'unavailable':
        return failure({ code: 'HTTP_STATUS', status: 503, retryable: true, retry_after_seconds: random.int(1, 90) })
      case 'tooLong':
        return failure({ code: 'HTTP_STATUS', status: 429, retryable: true, retry_after_seconds: 5000 })
      case 'notFound':
        return failure({ code: 'HTTP_STATUS', status: 404, retryable: false, cause: { body: 'none' } })
      case 'listed':
        return code('RESPONSE_INVALID', false)
      case 'limited':
        return code('NODE_TIMEOUT', true)
    }
  }

  /** How long a call takes: always below its timeout. */
  durationMs(node: string, taken: number, timeoutMs: number): number {
    const random = new Random(this.#seed, 'duration', node, taken)
    return random.int(1, Math.ceil(timeoutMs * random.pick([0.01, 0.1, 0.5])))
  }
}

const randomOutput = (random: Random): Json =>
  random.pick<() => Json>([
    () => random.int(-5, 50),
    () => random.int(1, 9),
    () => ({ status: 200, value: random.int(0, 9) }),
    () => [random.int(0, 9), 'two', null],
    () => `text ${random.int(0, 99)}`,
    () => null,
  ])()
