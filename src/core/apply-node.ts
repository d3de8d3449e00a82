// How the events of nodes change state. Called by `apply.ts` alone.
import { assignVariables, attemptsOf, cancelled, forgetOrphan, givenTo, letGoOfChild, loopOutput } from './apply-iteration.ts'
import { type Draft, setNode } from './draft.ts'
import { takenEdges } from './edges.ts'
import type { ExecutionEvent } from './event.ts'
import { nodeInputs, soleInput } from './inputs.ts'
import { mustInstance, mustRun, type NodeInstance, stateOf } from './instance.ts'
import type { Json } from './json.ts'
import { keptByPlan } from './kept-characters.ts'
import { nodeError } from './node-error.ts'
import type { ItemCounts, LoopPlan } from './node-type.ts'
import { holdPayloads } from './payload.ts'
import type { ExecutionState, Loop, NodeState } from './state.ts'

export type NodeEvent = Extract<ExecutionEvent, { readonly node: string; readonly type: `node.${string}` }>
type EventOf<Type extends NodeEvent['type']> = Extract<NodeEvent, { readonly type: Type }>
type Begun = Exclude<NodeState, { readonly status: 'pending' | 'skipped' }>

export function applyNodeEvent(draft: Draft, event: NodeEvent, at: number): void {
  const instance = mustInstance(draft, event.node)
  const before = stateOf(draft, instance)
  switch (event.type) {
    case 'node.completed':
      applyCompleted(draft, instance, before, event, at)
      return
    case 'node.failed':
      applyFailed(draft, instance, before, event, at)
      return
    case 'node.skipped':
      setNode(draft, instance, { status: 'skipped', completedAt: at })
      return
    case 'node.cancelled':
      setNode(draft, instance, cancelled(draft, instance, at))
      return
    case 'node.iterating':
      setNode(draft, instance, { ...begin(draft, instance, before, event, at), status: 'iterating', loop: newLoop(event.plan) })
      draft.keptCharacters += keptByPlan(event.plan)
      return
    default:
      setNode(draft, instance, nextUnsettled(draft, instance, before, event, at))
  }
}

const newLoop = (plan: LoopPlan): Loop => ({
  ...plan,
  started: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  failure: null,
  state: plan.kind === 'while' ? plan.initial : null,
})

type Unsettling = EventOf<'node.started' | 'node.claimed' | 'node.waiting' | 'node.retry_scheduled' | 'node.interrupted'>

/** The state of a node that has begun and is not finished. */
function nextUnsettled(draft: Draft, instance: NodeInstance, before: NodeState, event: Unsettling, at: number): NodeState {
  const begun = begin(draft, instance, before, event, at)
  const counts = attemptsOf(before)
  const config = ('config' in event ? event.config : undefined) ?? ('config' in before ? before.config : {})
  switch (event.type) {
    case 'node.started':
    case 'node.claimed':
      return {
        ...begun,
        ...counts,
        status: 'running',
        config,
        attempt: event.attempt,
        leaseUntil: event.leaseUntil,
        claimed: event.type === 'node.claimed',
      }
    case 'node.waiting':
      if (event.on?.kind === 'child') forgetOrphan(draft, event.on.executionId)
      return {
        ...begun,
        ...counts,
        status: 'waiting',
        config,
        attempt: event.attempt ?? counts.attempt,
        on: event.on ?? { kind: 'timer' },
        resumeAt: event.resumeAt ?? null,
        sinceSeq: before.status === 'waiting' ? before.sinceSeq : draft.seq,
      }
    case 'node.retry_scheduled':
      letGoOfChild(draft, before)
      if (hadChild(instance, before, event)) countReplaced(draft, instance.path)
      return {
        ...begun,
        ...counts,
        status: 'retrying',
        config,
        attempt: event.attempt,
        failures: counts.failures + 1,
        resumeAt: event.resumeAt,
        error: event.error,
        ...metadataOf(event),
      }
    case 'node.interrupted':
      return {
        ...begun,
        ...counts,
        status: 'retrying',
        config,
        interruptions: counts.interruptions + 1,
        resumeAt: event.resumeAt,
        error: nodeError('INTERRUPTED', `attempt ${event.attempt} was lost`, { retryable: true }),
      }
  }
}

/** Whether the attempt failed with its child, or let go of it. One that failed at starting it finds it with the next attempt. */
const hadChild = ({ node }: NodeInstance, before: NodeState, { error }: EventOf<'node.retry_scheduled'>): boolean =>
  (before.status === 'waiting' && before.on.kind === 'child') ||
  (node.type.kind === 'handed_off' && node.type.startsChild === true && error.code === 'CHILD_FAILED')

function countReplaced(draft: Draft, path: string): void {
  draft.replacedChildren = { ...draft.replacedChildren, [path]: (draft.replacedChildren[path] ?? 0) + 1 }
}

/** What a node's graph was given: what its roots, and nodes that pass on what they were given, take as input. */
export const givenIn = (state: ExecutionState, iteration: string): Json =>
  iteration === '' ? state.inputs : givenTo(state, iteration)

function applyCompleted(
  draft: Draft,
  instance: NodeInstance,
  before: NodeState,
  event: EventOf<'node.completed'>,
  at: number,
): void {
  const { node, iteration } = instance
  const begun = begin(draft, instance, before, event, at)
  const { attempt, failures } = attemptsOf(before)
  const loop = before.status === 'iterating' ? before.loop : null
  const output = event.output === undefined ? impliedOutput(draft, instance, begun.takenEdges, loop) : event.output
  const run = setNode(draft, instance, {
    ...begun,
    status: 'completed',
    completedAt: at,
    output,
    ports: event.ports ?? node.type.ports(node.definition.config).slice(0, 1),
    portOutputs: event.portOutputs ?? {},
    deadEdges: event.deadEdges ?? [],
    attempt: Math.max(attempt, 1),
    failures,
    metadata: event.metadata ?? null,
    assigned: event.assign === undefined ? null : { seq: draft.seq, values: event.assign },
    loop,
  })
  run.outputs[node.id] = output
  run.path.push(node.id)
  if (event.payloads !== undefined) draft.payloads = holdPayloads(draft.payloads, event.payloads)
  if (event.assign !== undefined) assignVariables(draft, iteration, event.assign)
}

/** Where the event has none: a loop's result, else the input that was passed on. */
function impliedOutput(draft: Draft, { path, iteration }: NodeInstance, taken: readonly number[], loop: Loop | null): Json {
  if (loop !== null) return loopOutput(draft, path, loop)
  return soleInput(nodeInputs(mustRun(draft, iteration), taken), givenIn(draft, iteration))
}

function applyFailed(draft: Draft, instance: NodeInstance, before: NodeState, event: EventOf<'node.failed'>, at: number): void {
  const { node, path } = instance
  const error = { ...event.error, attempts: event.attempts }
  const continuePort = node.type.continuePort(node.definition.config)
  const ports =
    event.route === 'error_port' ? ['error'] : event.route === 'continue' && continuePort !== null ? [continuePort] : []
  const begun = begin(draft, instance, before, event, at)
  // What is under way inside it, or was started by it, ends with it.
  const { loop } = 'takenEdges' in before ? endOf(draft, instance, at) : { loop: null }
  const run = setNode(draft, instance, {
    ...begun,
    status: 'failed',
    completedAt: at,
    error,
    route: event.route,
    ports,
    deadEdges: event.deadEdges ?? [],
    loop,
    ...metadataOf(event),
    ...shardIn(instance, before),
  })
  run.path.push(node.id)
  if (event.route === 'continue') run.outputs[node.id] = null
  if (event.route !== 'error_port') draft.errors.push({ node: path, error, at })
  if (event.route === 'execution') run.failure ??= { node: path, error: event.error }
}

const metadataOf = ({ metadata }: EventOf<'node.failed' | 'node.retry_scheduled'>) => (metadata === undefined ? {} : { metadata })

/** A child that is no shard is named by the failure. */
function shardIn({ node }: NodeInstance, before: NodeState): { readonly child?: string; readonly items?: ItemCounts } {
  if (node.type.internal !== true || before.status !== 'waiting' || before.on.kind !== 'child') return {}
  const { executionId, items } = before.on
  return { child: executionId, ...(items !== undefined && { items }) }
}

function endOf(draft: Draft, instance: NodeInstance, at: number): { readonly loop: Loop | null } {
  const ended = cancelled(draft, instance, at)
  return { loop: ended.status === 'cancelled' ? ended.loop : null }
}

/** A node begins once: with its first event, whose taken in-edges it keeps. */
function begin(
  draft: Draft,
  { iteration, node }: NodeInstance,
  before: NodeState,
  event: NodeEvent,
  at: number,
): Pick<Begun, 'startedAt' | 'takenEdges'> {
  if ('takenEdges' in before) return { startedAt: before.startedAt, takenEdges: before.takenEdges }
  return {
    startedAt: at,
    takenEdges: ('takenEdges' in event ? event.takenEdges : undefined) ?? takenEdges(mustRun(draft, iteration), node),
  }
}
