// What comes from outside and the nodes that wait for it: an event or an answer may be there before its wait.
import { attemptsOf } from './apply-iteration.ts'
import type { NodeInstance } from './instance.ts'
import type { JsonObject } from './json.ts'
import { takeKeptSignal, type WaitingAttempt, wait } from './match-signal.ts'
import { nodeError } from './node-error.ts'
import { type NodeRun, prepareRun } from './node-run.ts'
import type { InlineResult } from './node-type.ts'
import { completeNode, failNode, routeFailure } from './settle-node.ts'
import type { ApprovalAnswer, ExecutionState, NodeState } from './state.ts'
import type { Transition } from './transition.ts'
import type { WaitsFor } from './waits-for.ts'

type Wait = Extract<InlineResult, { readonly kind: 'waiting' }>
type WaitingNode = Extract<NodeState, { readonly status: 'waiting' }>

/** Waits, unless what is waited for has come before. */
export function beginWait(transition: Transition, run: NodeRun, { resumeAt, on }: Wait, config: JsonObject): void {
  wait(transition, run, on, resumeAt, on.kind === 'task' ? nextTask(transition, run, config) : null)
  if (on.kind === 'event') takeKeptSignal(transition, run, on, resumeAt)
  if (on.kind === 'approval') {
    const answer = answerAt(transition.draft, run.path)
    if (answer !== null) takeAnswer(transition, run, answer)
  }
}

/** A worker may fail at a task, and then another attempt is a task of its own. */
function nextTask(transition: Transition, run: NodeRun, config: JsonObject): WaitingAttempt {
  const before = transition.nodeState(run)
  return { attempt: attemptsOf(before).attempt + 1, ...(before.status !== 'retrying' && { config }) }
}

/** What was answered at an approval; null where nothing was. A node may be called `constructor`. */
export const answerAt = ({ approvals }: Pick<ExecutionState, 'approvals'>, path: string): ApprovalAnswer | null =>
  Object.hasOwn(approvals, path) ? (approvals[path] ?? null) : null

/** An approval's answer goes over the port of its decision; a rejection that no edge takes fails the node. */
export function takeAnswer(transition: Transition, run: NodeRun, { decision, by, via, at, comment, form }: ApprovalAnswer): void {
  const output: JsonObject = {
    decision,
    by,
    via,
    at: new Date(at).toISOString(),
    ...(comment === null ? {} : { comment }),
    ...(form === null ? {} : { form }),
  }
  if (decision === 'approved' || hasEdgeFrom(run, 'rejected')) completeNode(transition, run, { output, ports: [decision] })
  else routeFailure(transition, run, nodeError('SIGNAL_INVALID', `node ${run.path}: rejected by ${by}`, { cause: output }))
}

/** The moment of a wait has come: a timer is done, everything else has waited in vain. */
export function endWait(transition: Transition, instance: NodeInstance, state: WaitingNode): void {
  const run = prepareRun(transition, instance)
  const { on } = state
  if (on.kind === 'timer') {
    completeNode(transition, run, { output: run.input })
    return
  }
  const message = `node ${run.path}: ${inVain(on)}`
  if (on.kind === 'child')
    failNode(transition, run, nodeError('NODE_TIMEOUT', message, { retryable: true, cause: { execution_id: on.executionId } }))
  else if (on.kind === 'task') failNode(transition, run, nodeError('NODE_TIMEOUT', message, { retryable: true }))
  else if (hasEdgeFrom(run, 'timeout')) completeNode(transition, run, { output: null, ports: ['timeout'] })
  else routeFailure(transition, run, nodeError('NODE_TIMEOUT', message))
}

function inVain(on: WaitsFor): string {
  switch (on.kind) {
    case 'event':
      return `no event \`${on.event}\` came in time`
    case 'approval':
      return 'nobody answered in time'
    case 'child':
      return `the execution ${on.executionId} did not end in time`
    case 'task':
      return `no worker of the queue ${on.queue} has done the task in time`
    case 'timer':
      return 'its moment has come'
  }
}

const hasEdgeFrom = ({ node }: NodeRun, port: string): boolean => node.outgoing.some((edge) => edge.port === port)
