// What an attempt of a handed-off node comes to in a dry run: what was said of the node, an output that its type makes up, or, of types
// that only compute or start a workflow, what it really gives. Nothing leaves the Worker.
import { AttemptError } from '../../core/attempt-error.ts'
import { nodeError } from '../../core/node-error.ts'
import type { AttemptContext, AttemptResult, HandedOffNodeType, RunCode } from '../../core/node-type.ts'
import { logError } from '../../observability/log-error.ts'
import type { AttemptTask } from '../../runner/task.ts'
import type { SimulatedBy } from './dry-node-types.ts'
import type { Given } from './mocks.ts'

export type DryReach = Pick<AttemptContext, 'startChild' | 'startShard'> & { readonly runCode: RunCode }

export interface DryAnswer {
  readonly result: AttemptResult
  /** Null: it was really made. */
  readonly by: SimulatedBy | null
}

/** @param name how the answer calls the node */
export async function answerAttempt(
  type: HandedOffNodeType,
  task: AttemptTask,
  { given, name, reach }: { readonly given: Given | null; readonly name: string; readonly reach: DryReach },
): Promise<DryAnswer> {
  if (given !== null) {
    const result: AttemptResult =
      'error' in given ? { kind: 'failed', error: given.error } : { kind: 'completed', output: given.output }
    return { result, by: given.by }
  }
  if (type.syntheticOutput === undefined) return { result: await attempt(type, task, reach), by: null }
  return { result: { kind: 'completed', output: type.syntheticOutput(task.config, name) }, by: 'synthetic' }
}

async function attempt(type: HandedOffNodeType, task: AttemptTask, reach: DryReach): Promise<AttemptResult> {
  try {
    return await type.run(task.config, dryContext(task, reach))
  } catch (thrown) {
    if (thrown instanceof AttemptError) return { kind: 'failed', error: thrown.error }
    logError('dry_run.bug', thrown, { execution_id: task.executionId, node_id: task.node })
    const message = `A bug of Millrace ended this attempt of a ${task.nodeType} node; its logs say more.`
    return { kind: 'failed', error: nodeError('INTERNAL_ERROR', message) }
  }
}

const REFUSED = nodeError('CONFIG_INVALID', 'A dry run touches nothing: give the node a pin or a mock.')
const refuse = () => Promise.reject(new AttemptError(REFUSED))

const dryContext = (
  { communityId, executionId, workflowId, node, attempt: number, startedAt, timeoutMs, traceId, correlationId, run }: AttemptTask,
  reach: DryReach,
): AttemptContext => ({
  communityId,
  executionId,
  workflowId,
  nodePath: node,
  attempt: number,
  startedAt,
  timeoutMs,
  traceId,
  correlationId,
  idempotencyKey: `${executionId}.${node}.${run}`,
  signal: new AbortController().signal,
  fetch: refuse,
  assertReachable: refuse,
  mayBePrivate: () => false,
  secret: refuse,
  conceal: () => {},
  note: () => {},
  say: () => {},
  binding: () => null,
  modelServer: { baseUrl: '', apiKey: null, model: '' },
  mailServer: { url: null, from: null },
  remember: refuse,
  ...reach,
})
