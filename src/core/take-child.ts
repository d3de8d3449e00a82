// What the end of a child makes of the node that waited for it. Called by `deliver.ts` alone.
import type { ChildEnd } from './command.ts'
import { isJsonAbove, type JsonObject, jsonLength } from './json.ts'
import { MAX_CHILD_ERROR_CHARACTERS, MAX_OUTPUT_BYTES } from './limits.ts'
import { type NodeError, nodeError } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import { completeNode, failNode, routeFailure } from './settle-node.ts'
import type { Transition } from './transition.ts'

export function takeChild(transition: Transition, run: NodeRun, executionId: string, end: ChildEnd): void {
  if (end.status === 'completed') takeOutput(transition, run, executionId, end)
  else if (run.node.type.internal === true && end.error !== null)
    // A shard is a part of this execution: what failed in it failed here, and was tried again there.
    routeFailure(transition, run, { ...end.error, retryable: false })
  else failNode(transition, run, childFailed(run, executionId, end))
}

type Completed = Extract<ChildEnd, { readonly status: 'completed' }>

/** An execution may give more than one node may. */
function takeOutput(transition: Transition, run: NodeRun, executionId: string, end: Completed): void {
  const { output, payloads = [], items } = end
  const metadata = { execution_id: executionId, ...(items !== undefined && { items: { ...items } }) }
  if (run.node.type.internal === true || !isJsonAbove(output, MAX_OUTPUT_BYTES)) {
    completeNode(transition, run, { output, payloads, metadata })
    return
  }
  const message = `node ${run.path}: the execution ${executionId} gave more than ${MAX_OUTPUT_BYTES} bytes of JSON, the most that a node gives`
  routeFailure(transition, run, nodeError('OUTPUT_TOO_LARGE', message, { cause: metadata }))
}

function childFailed(
  { path }: NodeRun,
  executionId: string,
  end: Exclude<ChildEnd, { readonly status: 'completed' }>,
): NodeError {
  const error = end.error === null ? null : boundedError(end.error)
  const cause: JsonObject = { execution_id: executionId, status: end.status, ...(error !== null && { error: { ...error } }) }
  const why = error === null ? '' : `: ${error.code}: ${error.message}`
  return nodeError('CHILD_FAILED', `node ${path}: the execution ${executionId} ${end.status}${why}`, { cause })
}

/** Every level of children repeats the failure of the one below: without a bound a long text would be journaled at each of them. */
function boundedError(error: NodeError): NodeError {
  if (jsonLength(error, MAX_CHILD_ERROR_CHARACTERS) <= MAX_CHILD_ERROR_CHARACTERS) return error
  const { cause: _cause, ...rest } = error
  return { ...rest, message: error.message.slice(0, MAX_CHILD_ERROR_CHARACTERS / 2) }
}
