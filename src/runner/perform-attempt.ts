// Performs one attempt of a handed-off node and says how it went. Called by the Runner and by the task queue's consumer; it
// settles nothing and never throws: whatever goes wrong is a failure in the result.
import { AttemptError, attemptTimeout } from '../core/attempt-error.ts'
import { formatPath } from '../core/config-path.ts'
import { byteLength } from '../core/json.ts'
import { MAX_OUTPUT_BYTES } from '../core/limits.ts'
import { type NodeErrorCode, nodeError } from '../core/node-error.ts'
import type { AttemptContext, AttemptResult, GuardedFetch, HandedOffNodeType, NodeTypes } from '../core/node-type.ts'
import { outboundHeaders, withDefaultHeaders } from './outbound-headers.ts'
import type { AttemptTask } from './task.ts'

export interface AttemptDeps {
  readonly nodeTypes: Pick<NodeTypes, 'get'>
  readonly fetch: GuardedFetch
  /** Millrace's, for `User-Agent`. */
  readonly version: string
  /** Hears of bugs: exceptions that no node type should let out. */
  readonly reportBug: (thrown: unknown, task: AttemptTask) => void
}

export async function performAttempt(task: AttemptTask, deps: AttemptDeps): Promise<AttemptResult> {
  try {
    const nodeType = deps.nodeTypes.get(task.nodeType)
    if (nodeType?.kind !== 'handed_off') throw new TypeError(`${task.nodeType} is no handed-off node type`)
    return configFailure(nodeType, task) ?? asJson(await runWithTimeout(nodeType, task, deps))
  } catch (thrown) {
    if (thrown instanceof AttemptError) return { kind: 'failed', error: thrown.error }
    deps.reportBug(thrown, task)
    return failed('INTERNAL_ERROR', `A bug of Millrace ended this attempt of a ${task.nodeType} node; its logs say more.`)
  }
}

const failed = (code: NodeErrorCode, message: string): AttemptResult => ({ kind: 'failed', error: nodeError(code, message) })

function configFailure(nodeType: HandedOffNodeType, task: AttemptTask): AttemptResult | null {
  const checked = nodeType.config.safeParse(task.config)
  if (checked.success) return null
  const problems = checked.error.issues.map(({ path, message }) => {
    const place = formatPath(['config', ...path.map((part) => (typeof part === 'symbol' ? String(part) : part))])
    return `${place}: ${message}`
  })
  return failed('CONFIG_INVALID', problems.join('; '))
}

/** The race ends also an attempt that ignores its signal; what such a node does afterwards is heard by nobody. */
async function runWithTimeout(nodeType: HandedOffNodeType, task: AttemptTask, deps: AttemptDeps): Promise<AttemptResult> {
  const controller = new AbortController()
  const timeout = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const error = attemptTimeout(task.timeoutMs)
    timeout.reject(error)
    controller.abort(error)
  }, task.timeoutMs)
  try {
    return await Promise.race([nodeType.run(task.config, attemptContext(task, deps, controller.signal)), timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}

function attemptContext(task: AttemptTask, deps: AttemptDeps, signal: AbortSignal): AttemptContext {
  const { executionId, workflowId, correlationId, traceId, attempt, node: nodePath } = task
  const idempotencyKey = `${executionId}.${nodePath}.${task.run}`
  const headers = outboundHeaders({ executionId, workflowId, correlationId, traceId, idempotencyKey }, deps.version)
  const fetch: GuardedFetch = (url, init) => deps.fetch(url, { ...init, headers: withDefaultHeaders(init.headers, headers) })
  return { executionId, workflowId, nodePath, attempt, traceId, correlationId, idempotencyKey, signal, fetch }
}

/**
 * The result as the journal will hold it, so that an execution sees the same value before and after it is loaded again
 * (`1e999` parses to Infinity, which JSON does not have).
 */
function asJson(result: AttemptResult): AttemptResult {
  if (result.kind === 'failed') return result
  const text = JSON.stringify(result.output)
  const size = byteLength(text)
  if (size <= MAX_OUTPUT_BYTES) return { ...result, output: JSON.parse(text) }
  return failed('OUTPUT_TOO_LARGE', `The output has ${size} bytes as JSON; at most ${MAX_OUTPUT_BYTES} are kept.`)
}
