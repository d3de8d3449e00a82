// Retry policy: which failures are tried again, and when. Pure; chance is drawn from a hash, so that a replayed decision is the same.
import { createHash } from 'node:crypto'
import type { RetryConfig, WorkflowDefinition } from './definition.ts'
import type { GraphNode } from './graph.ts'
import { MAX_RETRY_AFTER_SECONDS } from './limits.ts'
import type { NodeError } from './node-error.ts'

export type RetryPolicy = Required<Omit<RetryConfig, 'retry_on' | 'give_up_on' | 'max_elapsed_seconds'>> &
  Pick<RetryConfig, 'retry_on' | 'give_up_on' | 'max_elapsed_seconds'>

const DEFAULTS = {
  strategy: 'exponential',
  max_attempts: 3,
  initial_delay_ms: 1000,
  max_delay_ms: 60_000,
  multiplier: 2,
  jitter: 'full',
} as const

/** The node's policy, else the workflow's, else exponential with 3 attempts for handed-off nodes and none for inline ones. */
export function retryPolicy(node: GraphNode, definition: WorkflowDefinition): RetryPolicy {
  const given = node.definition.retry ?? definition.settings?.retry
  if (given !== undefined) return { ...DEFAULTS, ...given }
  const touchesWorld = node.type.kind === 'handed_off' || node.type.byWorker === true
  return touchesWorld ? DEFAULTS : { ...DEFAULTS, strategy: 'none' }
}

/** Whether the policy tries this failure again. `give_up_on` wins over `retry_on`, which wins over the error's own class. */
export function isRetried(policy: RetryPolicy, error: NodeError): boolean {
  if (policy.strategy === 'none') return false
  if (policy.give_up_on?.includes(error.code)) return false
  return policy.retry_on?.includes(error.code) === true || error.retryable
}

/** The delay after the n-th failure (from 1) without jitter, in ms. */
export function delayAfter(policy: RetryPolicy, failures: number): number {
  const { strategy, initial_delay_ms: initial, multiplier } = policy
  const delay =
    strategy === 'exponential' ? initial * multiplier ** (failures - 1) : strategy === 'linear' ? initial * failures : initial
  return Math.min(delay, policy.max_delay_ms)
}

export interface RetryQuestion {
  readonly policy: RetryPolicy
  readonly error: NodeError
  /** Failures so far, this one included; interruptions do not count. */
  readonly failures: number
  readonly startedAt: number
  readonly now: number
  /** Uniform in [0, 1). */
  readonly draw: number
}

/** When the next attempt is due (ms since the epoch), or null where the failure is final. */
export function nextAttemptAt({ policy, error, failures, startedAt, now, draw }: RetryQuestion): number | null {
  if (!isRetried(policy, error) || failures >= policy.max_attempts) return null
  const retryAfter = error.retry_after_seconds ?? 0
  if (retryAfter > MAX_RETRY_AFTER_SECONDS) return null
  const backoff = delayAfter(policy, failures) * (policy.jitter === 'full' ? draw : 1)
  const resumeAt = now + Math.ceil(Math.max(backoff, retryAfter * 1000))
  const elapsedBound = policy.max_elapsed_seconds
  return elapsedBound !== undefined && resumeAt > startedAt + elapsedBound * 1000 ? null : resumeAt
}

/** A number in [0, 1) that depends on its parts alone: the first 48 bits of their SHA-256. */
export const drawFrom = (...parts: readonly (string | number)[]): number =>
  Number.parseInt(createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12), 16) / 2 ** 48
