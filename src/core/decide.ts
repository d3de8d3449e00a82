// The one place where anything is decided: a command, the state and the moment give events and effects. Synchronous and pure; the
// same arguments give the same answer in production, in the simulator and in a dry run.
import { advance, endExecution } from './advance.ts'
import { createDraft } from './apply.ts'
import { begin } from './begin.ts'
import type { Command, NoOp } from './command.ts'
import { containBugs } from './contain-bugs.ts'
import { checkpoint, pause, resume, setTimeLimit } from './control.ts'
import { type Decision, decided, ignored, type Moment, transact } from './decision.ts'
import { approve, childEnded, signal } from './deliver.ts'
import type { MadeUpBy } from './expression-evaluation.ts'
import { findInstance, type NodeInstance, stateOf } from './instance.ts'
import { prepareRun } from './node-run.ts'
import type { NodeTypes } from './node-type.ts'
import { type LoadedPayloads, NO_PAYLOADS } from './payload.ts'
import { adopt, recover, replay } from './rerun.ts'
import { leaseMs } from './run-node.ts'
import { completeNode, failNode } from './settle-node.ts'
import { settleTask } from './settle-task.ts'
import type { ExecutionState, NodeState } from './state.ts'
import { Transition } from './transition.ts'
import { wake } from './wake.ts'

export type { Decision } from './decision.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { readonly type: Type }>
type RunningNode = Extract<NodeState, { readonly status: 'running' }>

/**
 * @param now milliseconds since the epoch; becomes the moment of the events
 * @param payloads outputs that lie outside, as far as an earlier call has asked for them
 * @param isAlone nothing that follows from the command is decided: `continue` has it done. For a result must not be lost because
 *   what comes after it reads something that cannot be loaded now
 * @param madeUpBy in a dry run: what expressions that fail say of outputs that nobody gave
 * @throws PayloadsMissing where it needs others: nothing is decided then
 */
export function decide(
  state: ExecutionState | null,
  command: Command,
  now: number,
  nodeTypes: NodeTypes,
  payloads: LoadedPayloads = NO_PAYLOADS,
  isAlone = false,
  madeUpBy?: MadeUpBy,
): Decision {
  const moment = { now, nodeTypes, payloads, isAlone, madeUpBy }
  if (command.type === 'start') return state === null ? start(command, moment) : ignored(state, 'ALREADY_STARTED')
  if (state === null) return ignored(state, 'NOT_STARTED')
  if (command.type === 'adopt') return adopt(state, command, moment)
  if (state.phase.status !== 'open') return decideAfterEnd(state, command, moment)
  switch (command.type) {
    case 'settle':
      return settle(state, command, moment)
    case 'settle_task':
      return settleTask(state, command, moment)
    case 'claim':
      return claim(state, command, moment)
    case 'wake':
    case 'recover':
      return wake(state, moment)
    case 'cancel':
      return transact(state, moment, (transition) =>
        endExecution(transition, { type: 'execution.cancelled', by: command.by, reason: command.reason }),
      )
    case 'signal':
      return signal(state, command, moment)
    case 'approve':
      return approve(state, command, moment)
    case 'child_ended':
      return childEnded(state, command, moment)
    case 'pause':
      return pause(state, command, moment)
    case 'resume':
      return resume(state, command, moment)
    case 'checkpoint':
      return checkpoint(state, command, moment)
    case 'set_timeout':
      return setTimeLimit(state, command, moment)
    case 'replay':
      return ignored(state, 'NOT_FINISHED')
  }
}

/** A finished execution only goes on in another epoch; a repeat of a signal is still one. */
function decideAfterEnd(state: ExecutionState, command: Command, moment: Moment): Decision {
  switch (command.type) {
    case 'recover':
      return recover(state, command, moment)
    case 'replay':
      return replay(state, command, moment)
    case 'signal':
      return signal(state, command, moment)
    case 'settle_task':
      return settleTask(state, command, moment)
    default:
      return ignored(state, 'ALREADY_FINISHED')
  }
}

function start(command: CommandOf<'start'>, moment: Moment): Decision {
  const { now, nodeTypes } = moment
  const { identity, definition, inputs, enclosing, startAt = now } = command
  const created = {
    type: 'execution.created',
    identity,
    definition,
    inputs,
    ...(enclosing === undefined ? {} : { enclosing }),
    ...(startAt <= now ? {} : { startAt }),
  } as const
  const transition = new Transition(createDraft(created, now, nodeTypes), moment, [created])
  if (startAt <= now) begin(transition)
  return decided(transition)
}

type Attempt = { readonly instance: NodeInstance; readonly running: RunningNode }

/** The attempt that a settlement or claim names, if it is the one under way. */
function attemptUnderWay(state: ExecutionState, command: CommandOf<'settle' | 'claim'>): Attempt | NoOp {
  const instance = findInstance(state, command.node)
  if (instance === undefined) return 'UNKNOWN_NODE'
  if (command.epoch !== state.epoch) return 'SUPERSEDED_EPOCH'
  const running = stateOf(state, instance)
  if (running.status !== 'running') return 'NOT_RUNNING'
  return running.attempt === command.attempt ? { instance, running } : 'SUPERSEDED_ATTEMPT'
}

function settle(state: ExecutionState, command: CommandOf<'settle'>, moment: Moment): Decision {
  const attempt = attemptUnderWay(state, command)
  if (typeof attempt === 'string') return ignored(state, attempt)
  const { instance } = attempt
  const { result } = command
  return transact(state, moment, (transition) => {
    containBugs(transition, instance, () => {
      if (result.kind === 'child') {
        awaitChild(transition, instance, result.executionId)
        return
      }
      const run = prepareRun(transition, instance)
      if (result.kind === 'completed') completeNode(transition, run, result)
      else failNode(transition, run, result.error, { metadata: result.metadata })
    })
    advance(transition, [instance])
  })
}

/** The node's own timeout is how long the child may take. */
function awaitChild(transition: Transition, { path, node }: NodeInstance, executionId: string): void {
  const seconds = node.definition.timeout_seconds
  const resumeAt = seconds === undefined ? {} : { resumeAt: transition.now + Math.ceil(seconds * 1000) }
  transition.emit({ type: 'node.waiting', node: path, ...resumeAt, on: { kind: 'child', executionId } })
}

function claim(state: ExecutionState, command: CommandOf<'claim'>, moment: Moment): Decision {
  const attempt = attemptUnderWay(state, command)
  if (typeof attempt === 'string') return ignored(state, attempt)
  if (attempt.running.claimed) return ignored(state, 'ALREADY_CLAIMED')
  // Nothing new begins: the message is let go, for `resume` sends the attempt again.
  if (state.paused !== null) return ignored(state, 'NOT_RUNNING')
  const { path, node } = attempt.instance
  const { type } = node
  if (type.kind !== 'handed_off') return ignored(state, 'NOT_RUNNING')
  return transact(state, moment, (transition) =>
    transition.emit({
      type: 'node.claimed',
      node: path,
      attempt: command.attempt,
      leaseUntil: moment.now + leaseMs(node, type),
    }),
  )
}
