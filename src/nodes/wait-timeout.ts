// How long a node waits for the outside: `timeout_seconds` of its config.
import { z } from 'zod'
import { MAX_DELAY_SECONDS } from '../core/limits.ts'

const rule = `'timeout_seconds' must be a number from 0 to ${MAX_DELAY_SECONDS} (365 days)`

export const waitTimeoutField = z
  .number({ error: rule })
  .min(0, { error: rule })
  .max(MAX_DELAY_SECONDS, { error: rule })
  .optional()

/** When the wait is over, ms since the epoch; null: never. */
export const waitsUntil = (seconds: number | undefined, now: number): number | null =>
  seconds === undefined ? null : now + Math.ceil(seconds * 1000)
