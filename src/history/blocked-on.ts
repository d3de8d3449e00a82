// What an unfinished node waits for, in the words of the API: what, until when, and what an operator has to know to act.
import { iterationCount } from '../core/apply-iteration.ts'
import { isSettled } from '../core/edges.ts'
import type { GraphNode } from '../core/graph.ts'
import { mustNode } from '../core/graph.ts'
import { mustRun, type NodeInstance, stateOf } from '../core/instance.ts'
import type { NodeError } from '../core/node-error.ts'
import { retryPolicy } from '../core/retry.ts'
import { isQueued } from '../core/run-node.ts'
import type { ExecutionState, Loop, NodeState } from '../core/state.ts'
import { formatTaskId } from '../core/task-id.ts'
import { nextInside } from './inside-loop.ts'
import { isoTime } from './iso-time.ts'
import { truncateText } from './truncate-text.ts'

export interface BlockedOn {
  readonly kind: 'timer' | 'event' | 'approval' | 'child' | 'worker' | 'lease' | 'join' | 'retry'
  /** ISO 8601 UTC: when it ends by itself; of a loop, when something in it does. */
  readonly until?: string
  readonly detail: string
}

/** Of a caller's text (a prompt, a condition, an error's message) in a detail: enough to recognise it. */
const MAX_QUOTED_BYTES = 240
/** Sources that a pending node names. */
const MAX_NAMED_SOURCES = 10

const quote = (text: string): string => truncateText(text, MAX_QUOTED_BYTES)

/** Null for a finished node. */
export function blockedOn(state: ExecutionState, instance: NodeInstance): BlockedOn | null {
  const nodeState = stateOf(state, instance)
  const blocked = blockedBy(state, instance, nodeState)
  // What runs is let to settle.
  if (blocked === null || state.paused === null || nodeState.status === 'running') return blocked
  const { at, by, reason } = state.paused
  const why = reason === null ? '' : ` (${quote(reason)})`
  return { ...blocked, detail: `${blocked.detail}; paused by ${by} at ${isoTime(at)}${why}, goes on with resume` }
}

function blockedBy(state: ExecutionState, instance: NodeInstance, node: NodeState): BlockedOn | null {
  switch (node.status) {
    case 'pending':
      return state.phase.status === 'open' ? pendingBy(state, instance) : null
    case 'running':
      return { kind: 'lease', until: isoTime(node.leaseUntil), detail: leaseDetail(state, instance, node) }
    case 'retrying':
      return { kind: 'retry', until: isoTime(node.resumeAt), detail: retryDetail(state, instance, node) }
    case 'waiting':
      return { ...waitDetail(state, instance, node), ...(node.resumeAt === null ? {} : { until: isoTime(node.resumeAt) }) }
    case 'iterating':
      return loopBlock(state, instance, node.loop)
    default:
      return null
  }
}

type NodeStateOf<Status extends NodeState['status']> = Extract<NodeState, { readonly status: Status }>

/** `2 of 3`: interrupted attempts come on top of the policy's. */
function attemptOf(state: ExecutionState, node: GraphNode, attempt: number, interruptions: number): string {
  const { strategy, max_attempts: max } = retryPolicy(node, state.graph.definition)
  const most = (strategy === 'none' ? 1 : max) + interruptions
  return most === 1 ? `attempt ${attempt}` : `attempt ${attempt} of ${most}`
}

function leaseDetail(state: ExecutionState, { node }: NodeInstance, running: NodeStateOf<'running'>): string {
  const attempt = attemptOf(state, node, running.attempt, running.interruptions)
  const lost = running.interruptions === 0 ? '' : `; ${running.interruptions} before it lost in a crash`
  const isLying = node.type.kind === 'handed_off' && isQueued(node, node.type) && !running.claimed
  return `${attempt} ${isLying ? 'lies in the task queue, nobody has taken it up yet' : 'is under way'}${lost}`
}

function retryDetail(state: ExecutionState, { node }: NodeInstance, retrying: NodeStateOf<'retrying'>): string {
  const attempt = attemptOf(state, node, retrying.attempt + 1, retrying.interruptions)
  return `${attempt} after ${describe(retrying.error)}`
}

const describe = ({ code, message }: NodeError): string => `${code}: ${quote(message)}`

function waitDetail({ signals, identity }: ExecutionState, { path }: NodeInstance, waiting: NodeStateOf<'waiting'>): BlockedOn {
  const { on } = waiting
  switch (on.kind) {
    case 'timer':
      return { kind: 'timer', detail: 'waits for its moment' }
    case 'event': {
      const match = on.match === null ? '' : ` where ${quote(on.match)}`
      // Of what is kept, a node that waits takes everything that fits.
      const others = signals.filter(({ name }) => name === on.event).length
      const came = others === 0 ? '' : `; ${others} came that ${others === 1 ? 'does' : 'do'} not match`
      return { kind: 'event', detail: `waits for the event ${on.event}${match}${came}` }
    }
    case 'approval':
      return { kind: 'approval', detail: `waits for an answer to: ${quote(on.prompt)}` }
    case 'child':
      return { kind: 'child', detail: `waits for the execution ${on.executionId}` }
    case 'task': {
      const tags = on.tags.length === 0 ? '' : ` with the tags ${quote(on.tags.join(', '))}`
      const id = formatTaskId({ executionId: identity.executionId, node: path, since: waiting.sinceSeq })
      const detail = `no worker of the queue ${on.queue}${tags} has done it; waits since ${isoTime(on.since)} as task ${id}`
      return { kind: 'worker', detail }
    }
  }
}

function loopBlock(state: ExecutionState, { path }: NodeInstance, loop: Loop): BlockedOn {
  const next = nextInside(state, path, loop)
  const place = next === null ? '' : `, first ${next.path}`
  const until = next === null || next.at === null ? {} : { until: isoTime(next.at) }
  return { kind: 'child', ...until, detail: `${loopDetail(loop)}${place}` }
}

function loopDetail(loop: Loop): string {
  const ended = loop.completed + loop.failed + loop.cancelled
  const underWay = loop.started - ended
  if (loop.kind === 'while')
    return underWay === 0 ? `${ended} rounds ended` : `round ${loop.started} of at most ${loop.maxIterations} is under way`
  const what = loop.shardSize === undefined ? 'iterations' : `shards of ${loop.shardSize} items`
  const failed = loop.failed === 0 ? '' : `, ${loop.failed} of them failed`
  return `${ended} of ${iterationCount(loop)} ${what} ended${failed}; ${underWay} under way`
}

function pendingBy(state: ExecutionState, instance: NodeInstance): BlockedOn {
  if (state.startedAt !== null || state.startAt === null) return { kind: 'join', detail: joinDetail(state, instance) }
  return { kind: 'timer', until: isoTime(state.startAt), detail: 'the execution has not started' }
}

function joinDetail(state: ExecutionState, { iteration, node }: NodeInstance): string {
  if (state.startedAt === null) return 'the execution has not started'
  const { nodes } = mustRun(state, iteration)
  const open = node.sources.filter((source) => !isSettled(mustNode(nodes, source)))
  if (open.length === 0) return 'about to run'
  const named = open.slice(0, MAX_NAMED_SOURCES).join(', ')
  const more = open.length > MAX_NAMED_SOURCES ? ` and ${open.length - MAX_NAMED_SOURCES} more` : ''
  return `waits for ${named}${more}${joinRule(node)}`
}

function joinRule({ definition: { join = 'all' }, sources }: GraphNode): string {
  if (join === 'all') return ''
  return 'count' in join ? ` (runs after ${join.count} of ${sources.length})` : ` (runs when ${quote(join.when)})`
}
