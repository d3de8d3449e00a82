// Performs one attempt of a handed-off node and says how it went. Called by the Runner and by the task queue's consumer; it
// settles nothing and never throws: whatever goes wrong is a failure in the result.
import { AttemptError, attemptTimeout } from '../core/attempt-error.ts'
import { formatPath } from '../core/config-path.ts'
import { type NodeErrorCode, nodeError } from '../core/node-error.ts'
import type {
  AttemptContext,
  AttemptResult,
  ChildRequest,
  GuardedFetch,
  HandedOffNodeType,
  ModelServer,
  NodeTypes,
  Remember,
  RunCode,
  StartChild,
} from '../core/node-type.ts'
import type { PayloadReference } from '../core/payload.ts'
import { keepOutput } from './keep-output.ts'
import { outboundHeaders, withDefaultHeaders } from './outbound-headers.ts'
import type { AttemptTask } from './task.ts'

export interface AttemptDeps {
  readonly nodeTypes: Pick<NodeTypes, 'get'>
  readonly fetch: GuardedFetch
  readonly startChild: (task: AttemptTask, request: ChildRequest) => Promise<string>
  readonly startShard: (task: AttemptTask) => Promise<string>
  readonly runCode: RunCode
  readonly modelServer: ModelServer
  /** For an attempt that may take so long. */
  readonly rememberWithin: (ms: number) => Remember
  /** Puts JSON text that is too large for a journal outside, under the execution. */
  readonly storeOutput: (executionId: string, text: string) => Promise<PayloadReference>
  /** Millrace's, for `User-Agent`. */
  readonly version: string
  /** Hears of bugs: exceptions that no node type should let out. */
  readonly reportBug: (thrown: unknown, task: AttemptTask) => void
}

export async function performAttempt(task: AttemptTask, deps: AttemptDeps): Promise<AttemptResult> {
  try {
    const nodeType = deps.nodeTypes.get(task.nodeType)
    if (nodeType?.kind !== 'handed_off') throw new TypeError(`${task.nodeType} is no handed-off node type`)
    const refused = configFailure(nodeType, task)
    if (refused !== null) return refused
    const result = await runWithTimeout(nodeType, task, deps)
    return result.kind === 'completed' ? await keepOutput(result, (text) => deps.storeOutput(task.executionId, text)) : result
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
  const { communityId, executionId, workflowId, correlationId, traceId, attempt, startedAt, node: nodePath } = task
  const idempotencyKey = `${executionId}.${nodePath}.${task.run}`
  const headers = outboundHeaders({ executionId, workflowId, correlationId, traceId, idempotencyKey }, deps.version)
  const fetch: GuardedFetch = (url, init) => deps.fetch(url, { ...init, headers: withDefaultHeaders(init.headers, headers) })
  const startChild: StartChild = (request) => deps.startChild(task, request)
  return {
    communityId,
    executionId,
    workflowId,
    nodePath,
    attempt,
    startedAt,
    traceId,
    correlationId,
    idempotencyKey,
    signal,
    fetch,
    startChild,
    startShard: () => deps.startShard(task),
    runCode: deps.runCode,
    modelServer: deps.modelServer,
    remember: deps.rememberWithin(task.timeoutMs),
  }
}
