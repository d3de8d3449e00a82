// Starts an execution of a stored workflow for a node of another execution. The child's id is derived from that node's run, so that
// an attempt which is made twice starts it once. Called by the Runner through `AttemptContext.startChild`.
import { AttemptError } from '../core/attempt-error.ts'
import { canonicalJson, isJsonObject, type JsonObject, jsonByteLength } from '../core/json.ts'
import { MAX_INPUT_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { ChildRequest } from '../core/node-type.ts'
import type { ExecutionRpc } from '../execution/contract.ts'
import type { StoredWorkflow } from '../history/workflow-store.ts'
import { assertDepth, assertInputs, descendantIdentity, inputInvalid } from './descendant.ts'
import { type Starter, startRefused } from './may-start.ts'
import type { AttemptTask, ChildOrigin } from './task.ts'

/** A call that fails may have got through; made again, it changes nothing. */
const TRIES = 2

export interface StartChildDeps {
  /** Null where the community has no such workflow, or not that version. May throw: the store may be down. */
  findWorkflow(communityId: string, workflowId: string, version: number | null): Promise<StoredWorkflow | null>
  /** Whether that execution may start this workflow. May throw: the store may be down. */
  mayStart(starter: Starter, workflowId: string): Promise<boolean>
  /** A fresh stub at every call: one that threw may be broken. */
  execution(executionId: string): Pick<ExecutionRpc, 'start' | 'recoverChild'>
  derivedId(parts: readonly (string | number)[]): string
  /** Signs the child's links; absent where the deployment has none. */
  readonly linkSecret?: string | undefined
  /** SHA-256 of the text, hex. */
  hash(text: string): string
}

/** @throws AttemptError: final where the workflow or its inputs are at fault, retryable where the store or the child is */
export async function startChild(task: AttemptTask, request: ChildRequest, deps: StartChildDeps): Promise<string> {
  const { child } = task
  if (child === undefined) throw new TypeError(`${task.nodeType} starts no child`)
  assertDepth(child.depth)
  const { node, epoch, failures } = child.parent
  // Neither attempt nor epoch: an attempt that was lost may have started it, and a recovered parent goes on with the child it had.
  const parts = ['child', task.executionId, node, task.run, failures]
  const executionId = deps.derivedId(parts)
  const key = canonicalJson(parts)
  const parent = request.wait ? child.parent : null
  const { communityId } = child
  // The workflow may have changed since, or be gone: the child that was started is the one that counts.
  const mayExist = task.attempt > 1 || epoch > 1
  if (mayExist && (await reach(() => deps.execution(executionId).recoverChild({ communityId, key, parent })))) return executionId
  const stored = await findStored(child, request, deps)
  const inputs = childInputs(request)
  if (jsonByteLength(inputs) > MAX_INPUT_BYTES) throw inputInvalid(`inputs: at most ${MAX_INPUT_BYTES} bytes of JSON`)
  assertInputs(stored, inputs)
  const descendant = {
    executionId,
    stored,
    triggerType: 'workflow',
    ...(parent !== null && { parent }),
    idempotency: { key, bodyHash: deps.hash(canonicalJson(inputs)) },
  }
  const identity = descendantIdentity(originOf(task, child), descendant, deps.linkSecret)
  const order = { identity, definition: stored.definition, inputs, wait: false }
  const { kind } = await reach(() => deps.execution(executionId).start(order))
  if (kind === 'started' || kind === 'replayed') return executionId
  // Inputs are rendered once per run of the node: another body is a bug.
  throw final('CONFIG_INVALID', `The execution ${executionId} exists and is not the one that this node would start.`)
}

const final = (code: 'CONFIG_INVALID', message: string) => new AttemptError(nodeError(code, message))

/** @throws AttemptError, retryable. A child that was started all the same finds out that nobody waits for it. */
async function reach<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call()
    } catch (cause) {
      if (tries < TRIES) continue
      const error = nodeError('NETWORK_ERROR', 'The execution to be started could not be reached.', { retryable: true })
      throw new AttemptError(error, { cause })
    }
  }
}

async function findStored(
  child: ChildOrigin,
  { workflowId, version }: ChildRequest,
  deps: StartChildDeps,
): Promise<StoredWorkflow> {
  const finding = Promise.all([deps.findWorkflow(child.communityId, workflowId, version), deps.mayStart(child, workflowId)])
  const [stored, isPermitted] = await finding.catch((cause: unknown) => {
    const error = nodeError('NETWORK_ERROR', 'The stored workflows could not be reached.', { retryable: true })
    throw new AttemptError(error, { cause })
  })
  if (!isPermitted) throw final('CONFIG_INVALID', startRefused(workflowId))
  if (stored !== null) return stored
  throw final('CONFIG_INVALID', `There is no workflow ${workflowId}${version === null ? '' : ` of version ${version}`}.`)
}

/** An item of a list is one input, `item`, unless it is an object of inputs itself. */
const childInputs = ({ inputs, itemIndex }: ChildRequest): JsonObject =>
  isJsonObject(inputs) ? inputs : { item: inputs, ...(itemIndex !== null && { index: itemIndex }) }

const originOf = ({ executionId, traceId, correlationId }: AttemptTask, child: ChildOrigin) => {
  const { communityId, sessionId, triggeredBy, authority, priority, captureIo, depth, rootExecutionId, linkOrigin } = child
  return {
    executionId,
    communityId,
    traceId,
    correlationId,
    sessionId,
    triggeredBy,
    ...(authority !== undefined && { authority }),
    priority,
    captureIo,
    depth,
    rootExecutionId,
    ...(linkOrigin !== undefined && { linkOrigin }),
  }
}
