// What a retry policy would do if a node failed again and again: the schedule that `test-retry` shows. Nothing is executed; attempts
// count as taking no time, and failures as ones that the policy retries.
import { delayAfter, type RetryPolicy } from './retry.ts'

/** Milliseconds, with the least and the greatest that jitter can give. */
export interface Bounds {
  readonly min: number
  readonly max: number
}

export interface ScheduledRetry {
  /** Counted from 1. */
  readonly failure: number
  /** `may_retry`: within `max_elapsed_seconds` by the least delays only. */
  readonly outcome: 'retry' | 'may_retry' | 'fail'
  /** From this failure to the next attempt; null where there is none. */
  readonly delayMs: Bounds | null
  /** From the first attempt to the next one. */
  readonly elapsedMs: Bounds | null
}

/** Up to `failures` failures; it ends with the first that is final. */
export function retrySchedule(policy: RetryPolicy, failures: number): readonly ScheduledRetry[] {
  const schedule: ScheduledRetry[] = []
  let elapsed: Bounds = { min: 0, max: 0 }
  for (let failure = 1; failure <= failures; failure += 1) {
    const delay = delayBounds(policy, failure)
    const next = { min: elapsed.min + delay.min, max: elapsed.max + delay.max }
    const outcome = outcomeOf(policy, failure, next)
    const isFinal = outcome === 'fail'
    schedule.push({ failure, outcome, delayMs: isFinal ? null : delay, elapsedMs: isFinal ? null : next })
    if (isFinal) break
    elapsed = next
  }
  return schedule
}

function delayBounds(policy: RetryPolicy, failure: number): Bounds {
  const max = Math.ceil(delayAfter(policy, failure))
  return { min: policy.jitter === 'full' ? 0 : max, max }
}

function outcomeOf({ strategy, max_attempts, max_elapsed_seconds }: RetryPolicy, failure: number, next: Bounds) {
  const limit = (max_elapsed_seconds ?? Number.POSITIVE_INFINITY) * 1000
  if (strategy === 'none' || failure >= max_attempts || next.min > limit) return 'fail'
  return next.max > limit ? 'may_retry' : 'retry'
}
