// What comes from outside to a node that waits: signals, answers to approvals, ends of children.
import { advance } from './advance.ts'
import { mayWaitFor } from './awaited-events.ts'
import { awaitsChild } from './awaits-child.ts'
import { answerAt, takeAnswer } from './begin-wait.ts'
import type { Command } from './command.ts'
import { containBugs } from './contain-bugs.ts'
import { type Decision, ignored, type Moment, transact } from './decision.ts'
import { findInstance, type NodeInstance, stateOf } from './instance.ts'
import type { Json } from './json.ts'
import { jsonLength } from './json.ts'
import { keptByAnswer } from './kept-characters.ts'
import { MAX_KEPT_SIGNAL_CHARACTERS, MAX_KEPT_SIGNALS } from './limits.ts'
import { findWaiting } from './match-signal.ts'
import { prepareRun } from './node-run.ts'
import { completeNode } from './settle-node.ts'
import { signalKey } from './signal-key.ts'
import type { ExecutionState, NodeState } from './state.ts'
import { takeChild } from './take-child.ts'
import type { Transition } from './transition.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { readonly type: Type }>

/** To the node that has waited longest for it; else it is kept until one does. Refused where asking all that wait takes too long. */
export function signal(state: ExecutionState, { name, payload, key, by }: CommandOf<'signal'>, moment: Moment): Decision {
  if (isRepeated(state, name, key)) return ignored(state, 'REPEATED_SIGNAL')
  // Last: a repeat of the event that ended the execution is a repeat.
  if (state.phase.status !== 'open') return ignored(state, 'ALREADY_FINISHED')
  if (!mayWaitFor(state.graph, name)) return ignored(state, 'UNKNOWN_SIGNAL')
  const came = { type: 'signal.received', name, payload, by, ...(key === null ? {} : { key }) } as const
  return transact(
    state,
    moment,
    (transition) => {
      const waiting = findWaiting(transition, name, payload)
      if (waiting === 'no_room') return
      if (waiting !== null) {
        transition.emit({ ...came, deliveredTo: waiting.path })
        settleWaiting(transition, waiting, (run) => completeNode(transition, run, { output: payload }))
      } else if (mayKeep(state, payload)) transition.emit(came)
    },
    'TOO_MANY_SIGNALS',
  )
}

const isRepeated = ({ signalKeys }: ExecutionState, name: string, key: string | null): boolean =>
  key !== null && signalKeys.includes(signalKey(name, key))

const mayKeep = ({ signals, signalCharacters }: ExecutionState, payload: Json): boolean =>
  signals.length < MAX_KEPT_SIGNALS && signalCharacters + jsonLength(payload) <= MAX_KEPT_SIGNAL_CHARACTERS

/** An answer counts once; one that comes before its node waits is kept. */
export function approve(state: ExecutionState, { epoch, node: path, answer }: CommandOf<'approve'>, moment: Moment): Decision {
  if (epoch !== state.epoch) return ignored(state, 'SUPERSEDED_EPOCH')
  const instance = findApproval(state, path)
  if (instance === null) return ignored(state, 'UNKNOWN_NODE')
  if (answerAt(state, path) !== null) return ignored(state, 'ALREADY_ANSWERED')
  const { status } = stateOf(state, instance)
  if (status !== 'waiting' && status !== 'pending') return ignored(state, 'NOT_WAITING_FOR_IT')
  if (status === 'pending' && !mayKeepAnswer(state, answer)) return ignored(state, 'TOO_MANY_SIGNALS')
  const answered = { ...answer, at: moment.now }
  return transact(state, moment, (transition) => {
    transition.emit({ type: 'approval.answered', node: path, answer: answered })
    if (status === 'waiting') settleWaiting(transition, instance, (run) => takeAnswer(transition, run, answered))
  })
}

const mayKeepAnswer = ({ approvals }: ExecutionState, answer: CommandOf<'approve'>['answer']): boolean =>
  Object.values(approvals).reduce((sum, early) => sum + keptByAnswer(early), keptByAnswer(answer)) <= MAX_KEPT_SIGNAL_CHARACTERS

/** The approval of that path; null where there is none, or where its iteration has not begun: nobody can have been asked. */
export function findApproval(state: ExecutionState, path: string): NodeInstance | null {
  const instance = findInstance(state, path)
  return instance?.node.definition.type === 'approval' ? instance : null
}

/** A child tells its end until it is heard: to the node that waits for it, or in vain. */
export function childEnded(state: ExecutionState, command: CommandOf<'child_ended'>, moment: Moment): Decision {
  const { executionId, end, parent } = command
  const instance = findInstance(state, parent.node)
  const node = instance === undefined ? null : stateOf(state, instance)
  const waits = node !== null && takesEnd(state, node, command)
  if (!waits && !state.orphans.includes(executionId)) return ignored(state, 'NOT_WAITING_FOR_IT')
  return transact(state, moment, (transition) => {
    const { status } = end
    // Its attempt has not been settled yet; who looks for the items of a shard that failed has to know where they are.
    const isEarly = waits && node.status === 'running' && instance?.node.type.internal === true && status !== 'completed'
    if (isEarly) transition.emit({ type: 'node.waiting', node: parent.node, on: { kind: 'child', executionId } })
    // First: a node that fails, or tries again, lets go of its child, which has nothing to be cancelled any more.
    if (!waits) transition.emit({ type: 'child.ended', executionId, status })
    else if (status !== 'completed' && (isEarly || node.status === 'waiting'))
      transition.emit({
        type: 'child.ended',
        executionId,
        status,
        node: parent.node,
        ...(end.items !== undefined && { items: end.items }),
      })
    if (!waits || instance === undefined) return
    settleWaiting(transition, instance, (run) => {
      takeChild(transition, run, executionId, end)
      // What it gave may fail the node after all, which lets go of it then.
      if (transition.draft.orphans.includes(executionId)) transition.emit({ type: 'child.ended', executionId, status })
    })
  })
}

/**
 * A child may end before the node has heard how it is called; where the attempt was lost, the next one has it told again. What it
 * tells an earlier epoch is not what comes of it in this one.
 */
const takesEnd = (state: ExecutionState, node: NodeState, { parent, executionId }: CommandOf<'child_ended'>): boolean =>
  parent.epoch === state.epoch && node.status !== 'retrying' && awaitsChild(state, parent, executionId) !== 'no'

type Run = ReturnType<typeof prepareRun>

function settleWaiting(transition: Transition, instance: NodeInstance, settle: (run: Run) => void): void {
  containBugs(transition, instance, () => settle(prepareRun(transition, instance)))
  advance(transition, [instance])
}
