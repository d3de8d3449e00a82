// When a queue message is tried again. Pure.
import { MAX_REDELIVERY_DELAY_SECONDS } from '../core/limits.ts'

const FIRST_DELAY_SECONDS = 5

/** Seconds to wait after delivery number `attempts` (from 1): 5, doubled each time, an hour at most. */
export const redeliveryDelaySeconds = (attempts: number): number =>
  Math.min(FIRST_DELAY_SECONDS * 2 ** (attempts - 1), MAX_REDELIVERY_DELAY_SECONDS)

/** Asks for the message again, later each time. */
export const redeliver = (message: Pick<Message, 'attempts' | 'retry'>): void =>
  message.retry({ delaySeconds: redeliveryDelaySeconds(message.attempts) })
