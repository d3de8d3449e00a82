// What an external worker tells of its task: the node that waits for it completes, or fails as an attempt does. The first that is
// told of a task counts; everything after it, and everything about a task of before, is a named no-op.
import { advance } from './advance.ts'
import type { Command, NoOp } from './command.ts'
import { containBugs } from './contain-bugs.ts'
import { type Decision, ignored, type Moment, transact } from './decision.ts'
import { findInstance, stateOf } from './instance.ts'
import { prepareRun } from './node-run.ts'
import { completeNode, failNode } from './settle-node.ts'
import type { ExecutionState, NodeState } from './state.ts'

type SettleTask = Extract<Command, { readonly type: 'settle_task' }>

export function settleTask(state: ExecutionState, command: SettleTask, moment: Moment): Decision {
  const { node: path, since, by, result } = command
  const instance = findInstance(state, path)
  if (instance === undefined) return ignored(state, 'UNKNOWN_NODE')
  const node = stateOf(state, instance)
  const noOp = whyNot(state, node, since)
  if (noOp !== null) return ignored(state, noOp)
  const metadata = { task: since, worker: by }
  return transact(state, moment, (transition) => {
    containBugs(transition, instance, () => {
      const run = prepareRun(transition, instance)
      if (result.kind === 'completed') completeNode(transition, run, { output: result.output, metadata })
      else failNode(transition, run, result.error, { metadata })
    })
    advance(transition, [instance])
  })
}

/** Null where the node waits for this very task. A repeat is one also when the task has ended the execution. */
function whyNot({ phase }: ExecutionState, node: NodeState, since: number): NoOp | null {
  if ('metadata' in node && node.metadata?.task === since) return 'ALREADY_SETTLED'
  if (phase.status !== 'open') return 'ALREADY_FINISHED'
  if (node.status !== 'waiting' || node.on.kind !== 'task') return 'NOT_WAITING_FOR_IT'
  return node.sinceSeq === since ? null : 'SUPERSEDED_ATTEMPT'
}
