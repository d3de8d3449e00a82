// The one place where anything is decided: a command, the state and the moment give events and effects. Synchronous and pure; the
// same arguments give the same answer in production, in the simulator and in a dry run.
import { advance, advanceFrom, endExecution } from './advance.ts'
import { createDraft, forkState } from './apply.ts'
import type { Command, NoOp } from './command.ts'
import { containBugs } from './contain-bugs.ts'
import type { Effect } from './effect.ts'
import type { ExecutionEvent } from './event.ts'
import { type GraphNode, mustNode } from './graph.ts'
import { MAX_INTERRUPTIONS } from './limits.ts'
import { nodeError } from './node-error.ts'
import { prepareRun } from './node-run.ts'
import type { NodeTypes } from './node-type.ts'
import { enqueueAttempt, isQueued, leaseMs, retryNode } from './run-node.ts'
import { completeNode, failNode, routeFailure } from './settle-node.ts'
import type { ExecutionState, NodeState } from './state.ts'
import { deadlineAt, dueNodes, formatGoDuration } from './timers.ts'
import { Transition } from './transition.ts'

export interface Decision {
  readonly events: readonly ExecutionEvent[]
  readonly effects: readonly Effect[]
  /** The state with the events applied; the given one is untouched. Null where nothing was ever started. */
  readonly state: ExecutionState | null
  /** Why nothing happened, where nothing did. */
  readonly noOp: NoOp | null
  /** What was thrown inside and failed a node: bugs, for the log. */
  readonly bugs: readonly unknown[]
}

type CommandOf<Type extends Command['type']> = Extract<Command, { readonly type: Type }>
type RunningNode = Extract<NodeState, { readonly status: 'running' }>

/** @param now milliseconds since the epoch; becomes the moment of the events */
export function decide(state: ExecutionState | null, command: Command, now: number, nodeTypes: NodeTypes): Decision {
  if (command.type === 'start') return state === null ? start(command, now, nodeTypes) : ignored(state, 'ALREADY_STARTED')
  if (state === null) return ignored(state, 'NOT_STARTED')
  if (state.phase.status !== 'open') return ignored(state, 'ALREADY_FINISHED')
  switch (command.type) {
    case 'settle':
      return settle(state, command, now)
    case 'claim':
      return claim(state, command, now)
    case 'wake':
      return wake(state, now)
    case 'cancel':
      return cancel(state, command, now)
  }
}

const ignored = (state: ExecutionState | null, noOp: NoOp): Decision => ({ events: [], effects: [], state, noOp, bugs: [] })

const decided = ({ draft, events, effects, bugs }: Transition): Decision => ({
  events,
  effects: effects.filter((effect) => isStillWanted(draft, effect)),
  state: draft,
  noOp: null,
  bugs,
})

/** What a transition gives out and then ends itself, by a failure, a join or the deadline, must not be performed. */
function isStillWanted(state: ExecutionState, effect: Effect): boolean {
  if (effect.type === 'continue') return state.phase.status === 'open'
  const node = mustNode(state.nodes, effect.node)
  return node.status === 'running' && node.attempt === effect.attempt
}

function start(command: CommandOf<'start'>, now: number, nodeTypes: NodeTypes): Decision {
  const { identity, definition, inputs } = command
  const created = { type: 'execution.created', identity, definition, inputs } as const
  const transition = new Transition(createDraft(created, now, nodeTypes), now, [created])
  transition.emit({ type: 'execution.started' })
  advanceFrom(transition, rootsOf(transition))
  return decided(transition)
}

const rootsOf = ({ draft }: Transition): readonly GraphNode[] =>
  [...draft.graph.nodes.values()].filter((node) => node.incoming.length === 0)

/** The attempt that a settlement or claim names, if it is the one under way. */
function attemptUnderWay(state: ExecutionState, command: CommandOf<'settle' | 'claim'>): RunningNode | NoOp {
  const node = state.nodes.get(command.node)
  if (node === undefined) return 'UNKNOWN_NODE'
  if (command.epoch !== state.epoch) return 'SUPERSEDED_EPOCH'
  if (node.status !== 'running') return 'NOT_RUNNING'
  return node.attempt === command.attempt ? node : 'SUPERSEDED_ATTEMPT'
}

function settle(state: ExecutionState, command: CommandOf<'settle'>, now: number): Decision {
  const running = attemptUnderWay(state, command)
  if (typeof running === 'string') return ignored(state, running)
  const transition = new Transition(forkState(state), now)
  const node = transition.node(command.node)
  containBugs(transition, node, () => {
    const run = prepareRun(transition, node, running.takenEdges)
    if (command.result.kind === 'completed') completeNode(transition, run, command.result)
    else failNode(transition, run, command.result.error)
  })
  advance(transition, [node])
  return decided(transition)
}

function claim(state: ExecutionState, command: CommandOf<'claim'>, now: number): Decision {
  const running = attemptUnderWay(state, command)
  if (typeof running === 'string') return ignored(state, running)
  if (running.claimed) return ignored(state, 'ALREADY_CLAIMED')
  const transition = new Transition(forkState(state), now)
  const node = transition.node(command.node)
  if (node.type.kind !== 'handed_off') return ignored(state, 'NOT_RUNNING')
  transition.emit({
    type: 'node.claimed',
    node: node.id,
    attempt: command.attempt,
    leaseUntil: now + leaseMs(node, node.type),
  })
  return decided(transition)
}

/** Timers that came due before the deadline take effect first: a sleeping engine's delay must not fail an execution. */
function wake(state: ExecutionState, now: number): Decision {
  const transition = new Transition(forkState(state), now)
  const deadline = deadlineAt(state)
  const due = dueNodes(state, deadline === null ? now : Math.min(now, deadline)).map((id) => transition.node(id))
  for (const node of due) {
    if (transition.failure !== null || !transition.step()) break
    containBugs(transition, node, () => wakeNode(transition, node))
  }
  advanceFrom(transition, pendingNodes(transition))
  if (transition.draft.phase.status === 'open' && deadline !== null && deadline <= now)
    expire(transition, deadline - (state.startedAt ?? now))
  return transition.events.length === 0 ? ignored(state, 'NOTHING_DUE') : decided(transition)
}

/** Nodes that a transition may have left at its step limit; joins that are open stay so. */
const pendingNodes = ({ draft }: Transition): readonly GraphNode[] =>
  [...draft.graph.nodes.values()].filter((node) => mustNode(draft.nodes, node.id).status === 'pending')

function expire(transition: Transition, limitMs: number): void {
  const error = nodeError('EXECUTION_TIMEOUT', `workflow execution timeout: exceeded ${formatGoDuration(limitMs)}`)
  endExecution(transition, { type: 'execution.failed', error, node: null })
}

/** What is due at a node: its delay is over, its next attempt begins, or its attempt's lease has passed. */
function wakeNode(transition: Transition, node: GraphNode): void {
  const state = transition.nodeState(node.id)
  switch (state.status) {
    case 'waiting': {
      const run = prepareRun(transition, node, state.takenEdges)
      completeNode(transition, run, { output: run.scope.input ?? null })
      return
    }
    case 'retrying':
      retryNode(transition, node)
      return
    case 'running':
      interrupt(transition, node, state)
  }
}

/** A lost attempt does not use attempts up; but it is not repeated for ever, nor where the node may run at most once. */
function interrupt(transition: Transition, node: GraphNode, state: RunningNode): void {
  if (node.type.kind === 'handed_off' && isQueued(node, node.type) && !state.claimed) {
    // Nobody has taken it up, so nothing was lost but a message.
    enqueueAttempt(transition, node, state.attempt)
    return
  }
  if (node.definition.at_most_once === true || state.interruptions >= MAX_INTERRUPTIONS) {
    const message = `attempt ${state.attempt} was lost${state.interruptions > 0 ? `, as ${state.interruptions} before it` : ''}`
    routeFailure(transition, prepareRun(transition, node, state.takenEdges), nodeError('INTERRUPTED', message))
    return
  }
  transition.emit({ type: 'node.interrupted', node: node.id, attempt: state.attempt, resumeAt: transition.now })
  retryNode(transition, node)
}

function cancel(state: ExecutionState, command: CommandOf<'cancel'>, now: number): Decision {
  const transition = new Transition(forkState(state), now)
  endExecution(transition, { type: 'execution.cancelled', by: command.by, reason: command.reason })
  return decided(transition)
}
