// The fold: how events change state. Nothing else does. Loading an execution runs only this file, never `decide`, so that a
// deployment cannot change the past of a sleeping execution; when the meaning of this file changes, APPLY_VERSION does too.

import { takenEdges } from './edges.ts'
import type { ExecutionEvent, JournalEntry } from './event.ts'
import { compileGraph, type GraphNode, mustNode } from './graph.ts'
import { nodeInputs, soleInput } from './inputs.ts'
import { type Json, jsonLength } from './json.ts'
import type { NodeFailure } from './node-error.ts'
import { nodeError } from './node-error.ts'
import type { NodeTypes } from './node-type.ts'
import type { ExecutionState, NodeState } from './state.ts'

/** Names the behaviour of this file; a snapshot of another version is dropped and the journal folded again. */
export const APPLY_VERSION = 1

/** A state that its holder may write. Only its containers are its own: the values in them are shared and never written. */
export type Draft = { -readonly [Key in keyof ExecutionState]: ExecutionState[Key] } & {
  nodes: Map<string, NodeState>
  outputs: Record<string, Json>
  path: string[]
  errors: { readonly node: string; readonly error: NodeFailure; readonly at: number }[]
}

type EventOf<Type extends ExecutionEvent['type']> = Extract<ExecutionEvent, { readonly type: Type }>
type Begun = Exclude<NodeState, { readonly status: 'pending' | 'skipped' | 'cancelled' }>

export const forkState = (state: ExecutionState): Draft => ({
  ...state,
  nodes: new Map(state.nodes),
  outputs: { ...state.outputs },
  path: [...state.path],
  errors: [...state.errors],
})

/** Folds rows of the journal over a state (null: from the beginning). The first row must hold `execution.created`. */
export function foldEntries(
  state: ExecutionState | null,
  entries: readonly JournalEntry[],
  nodeTypes: NodeTypes,
): ExecutionState {
  let draft = state === null ? null : forkState(state)
  for (const entry of entries)
    for (const event of entry.events) {
      if (event.type === 'execution.created') draft = createDraft(event, entry.at, nodeTypes)
      else if (draft === null) throw new Error(`journal: ${event.type} before execution.created`)
      else applyEvent(draft, event, entry.at)
    }
  if (draft === null) throw new Error('journal: no execution.created')
  return draft
}

export function createDraft(event: EventOf<'execution.created'>, at: number, nodeTypes: NodeTypes): Draft {
  const { identity, definition, inputs } = event
  return {
    identity,
    graph: compileGraph(definition, nodeTypes),
    inputs,
    epoch: 1,
    seq: 1,
    createdAt: at,
    startedAt: null,
    phase: { status: 'open' },
    nodes: new Map(definition.nodes.map((node) => [node.id, { status: 'pending' }])),
    variables: { ...definition.variables, ...inputs },
    outputs: {},
    keptCharacters: 0,
    path: [],
    errors: [],
  }
}

/** Applies one event that happened at `at` (ms). The draft is the caller's own. */
export function applyEvent(draft: Draft, event: ExecutionEvent, at: number): void {
  draft.seq += 1
  switch (event.type) {
    case 'execution.created':
      throw new Error('journal: a second execution.created')
    case 'execution.started':
      draft.startedAt = at
      return
    case 'execution.completed':
      draft.phase = { status: 'completed', endedAt: at, output: event.output }
      return
    case 'execution.failed':
      draft.phase = { status: 'failed', endedAt: at, error: event.error, node: event.node }
      return
    case 'execution.cancelled':
      draft.phase = { status: 'cancelled', endedAt: at, by: event.by, reason: event.reason }
      return
    default:
      applyNodeEvent(draft, event, at)
  }
}

type NodeEvent = Extract<ExecutionEvent, { readonly node: string; readonly type: `node.${string}` }>

function applyNodeEvent(draft: Draft, event: NodeEvent, at: number): void {
  const node = mustNode(draft.graph.nodes, event.node)
  const before = mustNode(draft.nodes, event.node)
  switch (event.type) {
    case 'node.completed':
      applyCompleted(draft, node, before, event, at)
      return
    case 'node.failed':
      applyFailed(draft, node, before, event, at)
      return
    case 'node.skipped':
      draft.nodes.set(node.id, { status: 'skipped', completedAt: at })
      return
    case 'node.cancelled':
      draft.nodes.set(node.id, {
        status: 'cancelled',
        startedAt: begin(draft, node, before, event, at).startedAt,
        completedAt: at,
        attempt: attemptsOf(before).attempt,
      })
      return
    default:
      draft.nodes.set(node.id, nextUnsettled(draft, node, before, event, at))
  }
}

/** The state of a node that has begun and is not finished. */
function nextUnsettled(
  draft: Draft,
  node: GraphNode,
  before: NodeState,
  event: EventOf<'node.started' | 'node.claimed' | 'node.waiting' | 'node.retry_scheduled' | 'node.interrupted'>,
  at: number,
): NodeState {
  const begun = begin(draft, node, before, event, at)
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
      return { ...begun, status: 'waiting', resumeAt: event.resumeAt }
    case 'node.retry_scheduled':
      return {
        ...begun,
        ...counts,
        status: 'retrying',
        config,
        attempt: event.attempt,
        failures: counts.failures + 1,
        resumeAt: event.resumeAt,
        error: event.error,
      }
    case 'node.interrupted': {
      const error = nodeError('INTERRUPTED', `attempt ${event.attempt} was lost`, { retryable: true })
      return {
        ...begun,
        ...counts,
        status: 'retrying',
        config,
        interruptions: counts.interruptions + 1,
        resumeAt: event.resumeAt,
        error,
      }
    }
  }
}

function applyCompleted(draft: Draft, node: GraphNode, before: NodeState, event: EventOf<'node.completed'>, at: number): void {
  const begun = begin(draft, node, before, event, at)
  const { attempt, failures } = attemptsOf(before)
  const output = event.output === undefined ? soleInput(nodeInputs(draft, begun.takenEdges), draft.inputs) : event.output
  draft.nodes.set(node.id, {
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
  })
  draft.outputs[node.id] = output
  draft.keptCharacters += jsonLength(output) + jsonLength(event.portOutputs ?? {})
  draft.path.push(node.id)
  if (event.assign !== undefined) draft.variables = { ...draft.variables, ...event.assign }
}

function applyFailed(draft: Draft, node: GraphNode, before: NodeState, event: EventOf<'node.failed'>, at: number): void {
  const error = { ...event.error, attempts: event.attempts }
  const continuePort = node.type.continuePort(node.definition.config)
  const ports =
    event.route === 'error_port' ? ['error'] : event.route === 'continue' && continuePort !== null ? [continuePort] : []
  draft.nodes.set(node.id, {
    ...begin(draft, node, before, event, at),
    status: 'failed',
    completedAt: at,
    error,
    route: event.route,
    ports,
    deadEdges: event.deadEdges ?? [],
  })
  draft.path.push(node.id)
  if (event.route === 'continue') draft.outputs[node.id] = null
  if (event.route !== 'error_port') draft.errors.push({ node: node.id, error, at })
}

/** A node begins once: with its first event, whose taken in-edges it keeps. */
function begin(
  draft: Draft,
  node: GraphNode,
  before: NodeState,
  event: NodeEvent,
  at: number,
): Pick<Begun, 'startedAt' | 'takenEdges'> {
  if ('takenEdges' in before) return { startedAt: before.startedAt, takenEdges: before.takenEdges }
  return { startedAt: at, takenEdges: ('takenEdges' in event ? event.takenEdges : undefined) ?? takenEdges(draft, node) }
}

/** Attempts so far; none for a node that has made none. */
export const attemptsOf = (node: NodeState): { attempt: number; failures: number; interruptions: number } =>
  node.status === 'running' || node.status === 'retrying'
    ? { attempt: node.attempt, failures: node.failures, interruptions: node.interruptions }
    : { attempt: 0, failures: 0, interruptions: 0 }
