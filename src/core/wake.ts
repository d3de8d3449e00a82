// Time passed: every lease, timer and deadline that is due is handled, and what stopped at its step limit goes on.
import { advanceAll, endExecution } from './advance.ts'
import { begin } from './begin.ts'
import { endWait } from './begin-wait.ts'
import { containBugs } from './contain-bugs.ts'
import { type Decision, type Moment, transact } from './decision.ts'
import { type NodeInstance, nodePath, openRuns } from './instance.ts'
import type { Json, JsonObject } from './json.ts'
import { MAX_INTERRUPTIONS } from './limits.ts'
import { lookOn } from './match-signal.ts'
import { nodeError } from './node-error.ts'
import { prepareRun } from './node-run.ts'
import { enqueueAttempt, isUnclaimed, retryNode } from './run-node.ts'
import { routeFailure } from './settle-node.ts'
import type { ExecutionState, NodeState } from './state.ts'
import { deadlineAt, dueNodes, formatGoDuration } from './timers.ts'
import type { Transition } from './transition.ts'

/** Enough to see why; an execution may have thousands of nodes under way. */
const MAX_LAST_ERRORS = 10

type RunningNode = Extract<NodeState, { readonly status: 'running' }>

export const wake = (state: ExecutionState, moment: Moment): Decision =>
  transact(state, moment, (transition) => handleDue(transition, state))

/** Timers that came due before the deadline take effect first: a sleeping engine's delay must not fail an execution. */
export function handleDue(transition: Transition, state: ExecutionState): void {
  const { now, draft } = transition
  if (draft.startedAt === null) {
    if (draft.paused === null && (draft.startAt ?? now) <= now) begin(transition)
    return
  }
  const deadline = deadlineAt(state)
  const due = dueNodes(state, deadline === null ? now : Math.min(now, deadline))
  for (const path of due) {
    if (draft.failure !== null || !transition.step()) break
    const instance = transition.instance(path)
    // What is about to end with its iteration begins nothing any more.
    if (!transition.isFailing(instance.iteration)) containBugs(transition, instance, () => wakeNode(transition, instance))
  }
  lookOn(transition)
  advanceAll(transition)
  // The next transition does what this one has no room for; where nothing is due any more, that is the last one.
  const isCutOff = due.length > 0 && !transition.hasRoom()
  if (!isCutOff && draft.phase.status === 'open' && deadline !== null && deadline <= now)
    expire(transition, deadline - (state.clockFrom ?? now))
}

function expire(transition: Transition, limitMs: number): void {
  const message = `workflow execution timeout: exceeded ${formatGoDuration(limitMs)}`
  const retried = lastErrors(transition)
  const error = nodeError('EXECUTION_TIMEOUT', message, retried === null ? {} : { cause: { last_errors: retried } })
  endExecution(transition, { type: 'execution.failed', error, node: null })
}

/** What nodes last failed with that would have been tried again, by path; null where none would. */
function lastErrors({ draft }: Transition): JsonObject | null {
  const errors: [string, Json][] = []
  for (const { iteration, run } of openRuns(draft))
    for (const [id, node] of run.nodes)
      if (node.status === 'retrying' && errors.length < MAX_LAST_ERRORS)
        errors.push([nodePath(iteration, id), { code: node.error.code, message: node.error.message }])
  return errors.length === 0 ? null : Object.fromEntries(errors)
}

/** What is due at a node: its wait is over, its next attempt begins, or its attempt's lease has passed. */
function wakeNode(transition: Transition, instance: NodeInstance): void {
  const state = transition.nodeState(instance)
  switch (state.status) {
    case 'waiting':
      endWait(transition, instance, state)
      return
    case 'retrying':
      retryNode(transition, instance)
      return
    case 'running':
      interrupt(transition, instance, state)
  }
}

/** A lost attempt does not use attempts up; but it is not repeated for ever, nor where the node may run at most once. */
function interrupt(transition: Transition, instance: NodeInstance, state: RunningNode): void {
  const { node, path } = instance
  if (isUnclaimed(node, state)) {
    // Nobody has taken it up, so nothing was lost but a message.
    enqueueAttempt(transition, path, state.attempt)
    return
  }
  if (node.definition.at_most_once === true || state.interruptions >= MAX_INTERRUPTIONS) {
    const message = `attempt ${state.attempt} was lost${state.interruptions > 0 ? `, as ${state.interruptions} before it` : ''}`
    routeFailure(transition, prepareRun(transition, instance), nodeError('INTERRUPTED', message))
    return
  }
  transition.emit({ type: 'node.interrupted', node: path, attempt: state.attempt, resumeAt: transition.now })
  if (transition.draft.paused === null) retryNode(transition, instance)
}
