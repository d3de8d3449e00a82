// The fold: how events change state. Nothing else does. Loading an execution runs only this file and what it calls, never
// `decide`, so that a deployment cannot change the past of a sleeping execution; when the meaning changes, APPLY_VERSION does too.
import { applyIterationEvent, forgetOrphan } from './apply-iteration.ts'
import { applyNodeEvent } from './apply-node.ts'
import { applyRerun } from './apply-rerun.ts'
import { type Draft, forkState, pendingNodes, sealDraft, setNode } from './draft.ts'
import type { ExecutionEvent, JournalEntry } from './event.ts'
import { compileGraph } from './graph.ts'
import { mustInstance, stateOf } from './instance.ts'
import { jsonLength } from './json.ts'
import { keptByAnswer } from './kept-characters.ts'
import { MAX_SIGNAL_KEYS } from './limits.ts'
import type { ItemCounts, NodeTypes } from './node-type.ts'
import { holdPayloads } from './payload.ts'
import { signalKey } from './signal-key.ts'
import type { ExecutionState } from './state.ts'

/** Names the behaviour of this file; a snapshot of another version is dropped and the journal folded again. */
export const APPLY_VERSION = 2

type EventOf<Type extends ExecutionEvent['type']> = Extract<ExecutionEvent, { readonly type: Type }>

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
      else applyEvent(draft, event, entry.at, nodeTypes)
    }
  if (draft === null) throw new Error('journal: no execution.created')
  return sealDraft(draft)
}

export function createDraft(event: EventOf<'execution.created'>, at: number, nodeTypes: NodeTypes): Draft {
  const { identity, definition, inputs, enclosing = null } = event
  const graph = compileGraph(definition, nodeTypes)
  return {
    identity,
    graph,
    inputs,
    epoch: 1,
    seq: 1,
    createdAt: at,
    startAt: event.startAt ?? null,
    startedAt: null,
    epochStartedAt: at,
    phase: { status: 'open' },
    nodes: pendingNodes(graph),
    unsettled: graph.nodes.size,
    failure: null,
    variables: enclosing?.variables ?? { ...definition.variables, ...inputs },
    outputs: {},
    iterations: new Map(),
    owned: new Map(),
    instances: 0,
    keptCharacters: 0,
    path: [],
    errors: [],
    paused: null,
    pauseSeq: 0,
    clockFrom: null,
    timeoutSeconds: definition.settings?.timeout_seconds ?? null,
    signals: [],
    signalCharacters: 0,
    signalKeys: [],
    approvals: {},
    orphans: [],
    orphanEpochs: {},
    replacedChildren: {},
    runsForCaller: false,
    enclosing,
    reruns: {},
    payloads: holdPayloads({}, enclosing?.payloads ?? []),
    mayHaveStrays: false,
  }
}

/** Applies one event that happened at `at` (ms). The draft is the caller's own. */
export function applyEvent(draft: Draft, event: ExecutionEvent, at: number, nodeTypes: NodeTypes): void {
  draft.seq += 1
  switch (event.type) {
    case 'execution.created':
      throw new Error('journal: a second execution.created')
    case 'execution.started':
      draft.startedAt = at
      draft.clockFrom = at
      return
    case 'execution.completed':
    case 'execution.failed':
    case 'execution.cancelled':
      applyEnd(draft, event, at)
      return
    case 'execution.paused':
    case 'execution.resumed':
    case 'execution.checkpointed':
    case 'execution.timeout_set':
      applyControl(draft, event, at)
      return
    case 'execution.recovered':
    case 'execution.replayed':
      applyRerun(draft, event, at, nodeTypes)
      return
    case 'execution.adopted':
      draft.identity = { ...draft.identity, parent: event.parent }
      draft.runsForCaller = false
      return
    case 'signal.received':
    case 'signal.consumed':
    case 'approval.answered':
    case 'child.ended':
      applyMessage(draft, event)
      return
    case 'iteration.started':
    case 'iteration.completed':
    case 'iteration.failed':
    case 'iteration.cancelled':
      applyIterationEvent(draft, event, at)
      return
    default:
      applyNodeEvent(draft, event, at)
  }
}

type End = EventOf<'execution.completed' | 'execution.failed' | 'execution.cancelled'>

function applyEnd(draft: Draft, event: End, at: number): void {
  draft.paused = null
  switch (event.type) {
    case 'execution.completed':
      draft.phase = { status: 'completed', endedAt: at, output: event.output }
      return
    case 'execution.failed':
      draft.phase = { status: 'failed', endedAt: at, error: event.error, node: event.node }
      return
    case 'execution.cancelled':
      draft.phase = { status: 'cancelled', endedAt: at, by: event.by, reason: event.reason }
  }
}

type Control = EventOf<'execution.paused' | 'execution.resumed' | 'execution.checkpointed' | 'execution.timeout_set'>

function applyControl(draft: Draft, event: Control, at: number): void {
  switch (event.type) {
    case 'execution.paused':
      draft.paused = { at, by: event.by, reason: event.reason }
      draft.pauseSeq = draft.seq
      return
    case 'execution.resumed':
      // Time paused is added to the time limit.
      if (draft.paused !== null && draft.clockFrom !== null) draft.clockFrom += at - draft.paused.at
      draft.paused = null
      draft.pauseSeq = draft.seq
      return
    case 'execution.timeout_set':
      draft.timeoutSeconds = event.seconds
      return
    case 'execution.checkpointed':
      return
  }
}

type Message = EventOf<'signal.received' | 'signal.consumed' | 'approval.answered' | 'child.ended'>

function applyMessage(draft: Draft, event: Message): void {
  switch (event.type) {
    case 'signal.received': {
      const { name, payload, key, deliveredTo } = event
      if (key !== undefined) draft.signalKeys = [...draft.signalKeys, signalKey(name, key)].slice(-MAX_SIGNAL_KEYS)
      if (deliveredTo !== undefined) return
      draft.signals = [...draft.signals, { name, payload, seq: draft.seq }]
      countSignal(draft, jsonLength(payload))
      return
    }
    case 'signal.consumed':
      for (const { seq, payload } of draft.signals) if (seq === event.signal) countSignal(draft, -jsonLength(payload))
      draft.signals = draft.signals.filter(({ seq }) => seq !== event.signal)
      return
    case 'approval.answered': {
      // What a node that waits was told is its output at once; an early answer is kept whole until the node asks.
      const isEarly = stateOf(draft, mustInstance(draft, event.node)).status === 'pending'
      const answer = isEarly ? event.answer : { ...event.answer, comment: null, form: null }
      draft.approvals = { ...draft.approvals, [event.node]: answer }
      draft.keptCharacters += keptByAnswer(answer)
      return
    }
    case 'child.ended':
      forgetOrphan(draft, event.executionId)
      if (event.node !== undefined) noteChildEnded(draft, event.node, event.items)
  }
}

function countSignal(draft: Draft, more: number): void {
  draft.signalCharacters += more
  draft.keptCharacters += more
}

function noteChildEnded(draft: Draft, path: string, items: ItemCounts | undefined): void {
  const instance = mustInstance(draft, path)
  const state = stateOf(draft, instance)
  if (state.status === 'waiting' && state.on.kind === 'child')
    setNode(draft, instance, { ...state, on: { ...state.on, ended: true, ...(items !== undefined && { items }) } })
}
