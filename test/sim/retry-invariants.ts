// What must hold of retries and leases after every decision: the policies of SPEC §5, said a second time.
import type { RetryConfig } from '../../src/core/definition.ts'
import type { GraphNode } from '../../src/core/graph.ts'
import { MAX_INTERRUPTIONS, MAX_RUNNER_TIMEOUT_SECONDS, QUEUE_PICKUP_MS } from '../../src/core/limits.ts'
import type { NodeError } from '../../src/core/node-error.ts'
import type { ExecutionState, NodeState } from '../../src/core/state.ts'
import { attemptSeconds } from './node-invariants.ts'
import { first, firstChanged, graphNode, type Invariant, nodeEvents } from './step.ts'

const LONGEST_RETRY_AFTER_SECONDS = 3600

/** The node's policy, else the workflow's, else three attempts where the world is touched and one where not. */
const policyOf = (state: ExecutionState, { definition, type }: GraphNode): RetryConfig =>
  definition.retry ??
  state.graph.definition.settings?.retry ??
  (type.kind === 'handed_off' || type.type === 'task' ? {} : { strategy: 'none' })

const maxAttempts = ({ strategy, max_attempts: max = 3 }: RetryConfig): number => (strategy === 'none' ? 1 : max)

/** No more attempts than the policy has; interruptions apart, and those are bounded too. */
export const attemptsStayWithinThePolicy: Invariant = (step) =>
  firstChanged(step, ({ path: id, node: graph, state: node }) => {
    const max = maxAttempts(policyOf(step.after, graph))
    if (node.status === 'failed') return node.error.attempts > max ? `${id} failed after ${node.error.attempts} of ${max}` : null
    if (node.status === 'completed')
      return node.failures >= max ? `${id} completed after ${node.failures} failures of ${max}` : null
    if (node.status !== 'running' && node.status !== 'retrying') return null
    if (node.failures >= max) return `${id} goes on after ${node.failures} failures of ${max}`
    if (node.interruptions > MAX_INTERRUPTIONS) return `${id} was interrupted ${node.interruptions} times`
    if (graph.definition.at_most_once === true && node.interruptions > 0) return `${id} runs at most once, and is repeated`
    const made = node.failures + node.interruptions + (node.status === 'running' ? 1 : 0)
    return node.attempt === made ? null : `${id} counts ${node.attempt} attempts, and has made ${made}`
  })

/** A failure is tried again exactly where the policy says so, and not before its delay or the server's `Retry-After`. */
export const retriesFollowThePolicy: Invariant = (step) =>
  first(nodeEvents(step), (event) => {
    if (event.type !== 'node.retry_scheduled' && event.type !== 'node.failed') return null
    const graph = graphNode(step.after, event.node)
    const policy = policyOf(step.after, graph)
    const helps = mayHelp(policy, event.error)
    if (event.type === 'node.retry_scheduled') {
      if (!helps) return `${event.node} is tried again after ${event.error.code}`
      const [min, max] = delayBounds(policy, failuresBefore(step.nodesBefore.get(event.node)) + 1, event.error)
      const delay = event.resumeAt - step.now
      return delay >= min && delay <= max ? null : `${event.node} waits ${delay} ms, not ${min} to ${max}`
    }
    // A wait in vain and the failure of a loop are final: what may help was tried inside, or outside of the execution.
    const isFinal = NEVER_RETRIED.has(graph.definition.type)
    const isLast = event.attempts === maxAttempts(policy) || event.error.code === 'INTERRUPTED' || isFinal
    return isLast || !helps || policy.max_elapsed_seconds !== undefined
      ? null
      : `${event.node} gives up after ${event.attempts} attempts and ${event.error.code}`
  })

const NEVER_RETRIED: ReadonlySet<string> = new Set(['for-each', 'loop', 'wait-for-event', 'approval'])

const failuresBefore = (node: NodeState | undefined): number =>
  node !== undefined && 'interruptions' in node ? node.failures : 0

const mayHelp = ({ strategy, retry_on: retryOn = [], give_up_on: giveUpOn = [] }: RetryConfig, error: NodeError): boolean =>
  strategy !== 'none' &&
  !giveUpOn.includes(error.code) &&
  (retryOn.includes(error.code) || error.retryable) &&
  (error.retry_after_seconds ?? 0) <= LONGEST_RETRY_AFTER_SECONDS

function delayBounds(policy: RetryConfig, failures: number, error: NodeError): readonly [number, number] {
  const { strategy = 'exponential', initial_delay_ms: initial = 1000, max_delay_ms: cap = 60_000, multiplier = 2 } = policy
  const growth = strategy === 'exponential' ? multiplier ** (failures - 1) : strategy === 'linear' ? failures : 1
  const delay = Math.min(initial * growth, cap)
  const asked = (error.retry_after_seconds ?? 0) * 1000
  return [Math.max(asked, policy.jitter === 'none' ? delay : 0), Math.ceil(Math.max(asked, delay))]
}

/** A lease outlasts its attempt: with a Runner or a queue consumer by the timeout, on the queue by the time that picking up may take. */
export const aLeaseOutlastsItsAttempt: Invariant = (step) =>
  first(nodeEvents(step), (event) => {
    if (event.type !== 'node.started' && event.type !== 'node.claimed') return null
    const seconds = attemptSeconds(graphNode(step.after, event.node))
    const isQueued = event.type === 'node.started' && seconds > MAX_RUNNER_TIMEOUT_SECONDS
    const needed = isQueued ? QUEUE_PICKUP_MS : seconds * 1000 + 1
    return event.leaseUntil >= step.now + needed ? null : `${event.node} has ${event.leaseUntil - step.now} of ${needed} ms`
  })
