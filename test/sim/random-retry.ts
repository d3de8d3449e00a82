// Random retry policies that validate.
import type { JsonObject } from '../../src/core/json.ts'
import type { Random } from './random.ts'
import type { Family } from './random-workflow.ts'

export function randomRetry(random: Random, family: Family): JsonObject {
  return {
    strategy: random.pick(['none', 'fixed', 'linear', 'exponential', 'exponential']),
    max_attempts: random.int(1, 5),
    initial_delay_ms: random.pick([0, 1, 100, 1000, 5000]),
    ...(random.chance(0.3) ? { max_delay_ms: random.pick([0, 500, 3000]) } : {}),
    ...(random.chance(0.3) ? { multiplier: random.pick([1, 1.5, 3]) } : {}),
    jitter: random.pick(['full', 'none']),
    ...(random.chance(0.2) ? { retry_on: ['RESPONSE_INVALID', 'CHILD_FAILED'] } : {}),
    ...(random.chance(0.2) ? { give_up_on: ['NODE_TIMEOUT'] } : {}),
    // Whether time suffices for another attempt depends on when the last one ended.
    ...(family === 'free' && random.chance(0.2) ? { max_elapsed_seconds: random.pick([0, 1, 30]) } : {}),
  }
}
