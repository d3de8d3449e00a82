// Bounds of retry policies, of nodes and of the workflow. Types and enumerations are the reader's.
import type { ConfigPath } from '../config-path.ts'
import type { Issue, RetryConfig } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { MAX_ATTEMPTS, MAX_EXECUTION_TIMEOUT_SECONDS, MAX_RETRY_DELAY_MS } from '../limits.ts'
import type { Subject } from './subject.ts'

interface Bound {
  readonly member: 'max_attempts' | 'initial_delay_ms' | 'max_delay_ms' | 'multiplier' | 'max_elapsed_seconds'
  readonly min: number
  readonly max: number
  readonly whole: boolean
}

/** Above 100 the first delay already leads to the greatest. */
const MAX_MULTIPLIER = 100

const BOUNDS: readonly Bound[] = [
  { member: 'max_attempts', min: 1, max: MAX_ATTEMPTS, whole: true },
  { member: 'initial_delay_ms', min: 0, max: MAX_RETRY_DELAY_MS, whole: false },
  { member: 'max_delay_ms', min: 0, max: MAX_RETRY_DELAY_MS, whole: false },
  { member: 'multiplier', min: 1, max: MAX_MULTIPLIER, whole: false },
  { member: 'max_elapsed_seconds', min: 0, max: MAX_EXECUTION_TIMEOUT_SECONDS, whole: false },
]

export const checkRetries = ({ definition, nodes }: Subject): Issue[] => [
  ...checkPolicy(definition.settings?.retry, ['settings', 'retry']),
  ...nodes.flatMap(({ index, type, definition: { id, retry } }) => [
    ...checkPolicy(retry, ['nodes', index, 'retry'], id),
    ...(retry !== undefined && type !== undefined && NEVER_RETRIED.has(type.type) ? [neverRetried(index, id, type.type)] : []),
  ]),
]

/** What these do is tried again inside them, or outside of Millrace. */
const NEVER_RETRIED: ReadonlySet<string> = new Set(['for-each', 'loop', 'wait-for-event', 'approval'])

const neverRetried = (index: number, nodeId: string, type: string): Issue =>
  errorAt('BAD_RETRY', { path: ['nodes', index, 'retry'], nodeId }, `a ${type} node is not retried; a body's own nodes are`)

function checkPolicy(retry: RetryConfig | undefined, path: ConfigPath, nodeId?: string): Issue[] {
  if (retry === undefined) return []
  return BOUNDS.flatMap(({ member, min, max, whole }) => {
    const value = retry[member]
    if (value === undefined || (value >= min && value <= max && (!whole || Number.isInteger(value)))) return []
    const message = `\`${member}\` is ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}, not ${value}`
    return [errorAt('BAD_RETRY', { path: [...path, member], nodeId }, message)]
  })
}
