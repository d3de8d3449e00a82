// What must hold of signals, approvals, children and pauses after every decision, said a second time as the specification says it.

import type { Json } from '../../src/core/json.ts'
import { signalKey } from '../../src/core/signal-key.ts'
import type { ExecutionState, KeptSignal, NodeState } from '../../src/core/state.ts'
import { findDifference } from './find-difference.ts'
import { type Instance, nodeAt } from './instances.ts'
import { indexAt, stateAt } from './loop-oracle.ts'
import { isAccepted } from './meanings.ts'
import { type CheckedStep, first, firstChanged, type Invariant, isRerun } from './step.ts'

const wouldTake = (state: ExecutionState, path: string, node: NodeState | undefined, name: string, payload: Json): boolean =>
  node?.status === 'waiting' &&
  node.on.kind === 'event' &&
  node.on.event === name &&
  isAccepted(node.on.match, payload, indexAt(state, path))

/** What came is kept until it is consumed, in order, and consumed once. */
export const signalsAreConsumedOnce: Invariant = ({ before, after, decision }) => {
  const kept: KeptSignal[] = [...(before?.signals ?? [])]
  for (const [rank, event] of decision.events.entries()) {
    const seq = (before?.seq ?? 0) + rank + 1
    if (event.type === 'signal.received' && event.deliveredTo === undefined)
      kept.push({ name: event.name, payload: event.payload, seq })
    if (event.type !== 'signal.consumed') continue
    const at = kept.findIndex((signal) => signal.seq === event.signal)
    if (at < 0) return `${event.node} consumed ${event.signal}, which is not kept`
    kept.splice(at, 1)
  }
  return findDifference(after.signals, kept)
}

/** Nothing that is kept is what somebody waits for. */
export const noSignalIsLeftWaitedFor: Invariant = ({ after, instances }) =>
  after.phase.status !== 'open' || after.signals.length === 0
    ? null
    : first(instances, ({ path, state }) => {
        const signal = after.signals.find(({ name, payload }) => wouldTake(after, path, state, name, payload))
        return signal === undefined ? null : `${path} waits for ${signal.name} ${signal.seq}, which is kept`
      })

/** A signal goes to the node that has waited longest of those that take it, and completes it with its payload. */
export const signalsGoToWhoWaitsLongest: Invariant = ({ command, decision, before, after, nodesBefore }) => {
  if (command.type !== 'signal' || before?.phase.status !== 'open') return null
  const { name, payload, key } = command
  const isRepeat = key !== null && before.signalKeys.includes(signalKey(name, key))
  if (isRepeat !== (decision.noOp === 'REPEATED_SIGNAL')) return `key ${key}: ${decision.noOp}`
  if (decision.noOp !== null) return null
  const waiting = [...nodesBefore].flatMap(([path, node]) =>
    wouldTake(before, path, node, name, payload) && node.status === 'waiting' ? [{ path, since: node.sinceSeq }] : [],
  )
  const longest = waiting.sort((a, b) => a.since - b.since)[0]?.path
  const [received] = decision.events
  if (received?.type !== 'signal.received') return 'it was not received'
  if (received.deliveredTo !== longest) return `it went to ${received.deliveredTo}, not to ${longest}`
  const node = longest === undefined ? undefined : stateAt(after, longest)
  if (node === undefined || node.status === 'failed') return null
  return node.status === 'completed' ? findDifference(node.output, payload) : `${longest} is ${node.status}`
}

/** Who consumes a kept signal takes the oldest that it accepts, and gives its payload. */
export const consumersTakeTheOldest: Invariant = ({ before, after, decision }) =>
  first(decision.events, (event) => {
    if (event.type !== 'signal.consumed') return null
    const signal = before?.signals.find(({ seq }) => seq === event.signal)
    const node = stateAt(after, event.node)
    if (signal === undefined || node === undefined || isRerun(decision)) return null
    const older = before?.signals.find(
      ({ seq, name, payload }) =>
        seq < signal.seq &&
        name === signal.name &&
        !decision.events.some((other) => other.type === 'signal.consumed' && other.signal === seq) &&
        isAccepted(matchOf(after, event.node), payload, indexAt(after, event.node)),
    )
    if (older !== undefined) return `${event.node} passed over ${older.seq}`
    return node.status === 'completed' ? findDifference(node.output, signal.payload) : null
  })

function matchOf(state: ExecutionState, path: string): string | null {
  const dot = path.lastIndexOf('.')
  const run = dot < 0 ? state : state.iterations.get(path.slice(0, dot))
  const match = run?.graph.nodes.get(path.slice(dot + 1))?.definition.config.match
  return typeof match === 'string' ? match : null
}

/** Who waits knows since which event. */
export const waitsKnowTheirBeginning: Invariant = ({ before, after, decision }) =>
  first([...decision.events.entries()], ([rank, event]) => {
    const node = event.type === 'node.waiting' ? stateAt(after, event.node) : undefined
    const seq = (before?.seq ?? 0) + rank + 1
    return node?.status !== 'waiting' || node.sinceSeq === seq ? null : `event ${seq} says since ${node.sinceSeq}`
  })

/** An answer counts for an approval of this epoch that waits, or may yet, and has none. */
export const answersAreForThisEpoch: Invariant = ({ command, before, nodesBefore, decision }) => {
  if (command.type !== 'approve' || before?.phase.status !== 'open') return null
  const { node: path, epoch } = command
  const isApproval = nodesBefore.has(path) && nodeAt(before.graph, path)?.type.type === 'approval'
  const status = nodesBefore.get(path)?.status
  const isWanted = (status === 'waiting' || status === 'pending') && !Object.hasOwn(before.approvals, path)
  const counts = epoch === before.epoch && isApproval && isWanted
  return counts === (decision.noOp === null) ? null : `the answer to ${path} of epoch ${epoch}: ${decision.noOp}`
}

/** An approval is answered once, with the first answer of its epoch, over the port of its decision. */
export const approvalsAreAnsweredOnce: Invariant = (step) => {
  const { before, after, decision } = step
  const lost = isRerun(decision)
    ? undefined
    : Object.entries(before?.approvals ?? {}).find(([path, answer]) => after.approvals[path] !== answer)
  if (lost !== undefined) return `the answer to ${lost[0]} has changed`
  return (
    first(step.instances, (instance) => (isUnanswered(step, instance) ? `${instance.path} waits, and has its answer` : null)) ??
    firstChanged(step, (instance) => misanswered(step, instance))
  )
}

const isUnanswered = ({ after }: CheckedStep, { path, state }: Instance): boolean =>
  state.status === 'waiting' && state.on.kind === 'approval' && Object.hasOwn(after.approvals, path)

function misanswered({ before, decision, nodesBefore }: CheckedStep, { path, node, state }: Instance): string | null {
  // A replay may have asked its edges anew.
  if (nodesBefore.get(path)?.status === 'completed') return null
  if (node.type.type !== 'approval' || state.status !== 'completed' || node.definition.disabled === true) return null
  const now = decision.events.find((event) => event.type === 'approval.answered' && event.node === path)
  const early = Object.hasOwn(before?.approvals ?? {}, path) ? before?.approvals[path] : undefined
  const answer = now?.type === 'approval.answered' ? now.answer : early
  if (state.ports[0] === 'timeout') return answer === undefined ? null : `${path} is over time, and was answered`
  if (answer === undefined || state.ports[0] !== answer.decision)
    return `${path} went ${state.ports[0]}, answered ${answer?.decision}`
  const { decision: said, by, via, at, comment, form } = answer
  const more = { ...(comment !== null && { comment }), ...(form !== null && { form }) }
  return findDifference(state.output, { decision: said, by, via, at: new Date(at).toISOString(), ...more })
}

/** The end of a child is taken by the run of the node that started it, if it still waits; orphans are let go of when they have ended. */
export const childrenAreHeard: Invariant = ({ command, before, after, decision, nodesBefore }) => {
  if (command.type !== 'child_ended' || before?.phase.status !== 'open') return null
  const { parent, executionId, end } = command
  const node = nodesBefore.get(parent.node)
  const isMine =
    node?.status === 'waiting'
      ? node.on.kind === 'child' && node.on.executionId === executionId && parent.epoch === before.epoch
      : node?.status === 'running' &&
        parent.epoch === before.epoch &&
        parent.failures === (before.replacedChildren[parent.node] ?? 0)
  if (after.orphans.includes(executionId)) return `${executionId} has ended, and is to be cancelled`
  if ((isMine || before.orphans.includes(executionId)) !== (decision.noOp === null))
    return `${executionId} ended: ${decision.noOp}`
  if (!isMine) return null
  const now = stateAt(after, parent.node)
  if (end.status !== 'completed')
    return now?.status === 'completed' ? `${parent.node} completed with a child that ${end.status}` : null
  return now?.status === 'completed'
    ? findDifference(now.output, end.output)
    : now?.status === 'failed'
      ? null
      : `${parent.node} is ${now?.status}`
}

/** Who let go of a child sees to it that it is cancelled; and of a child that is waited for, nobody does. */
export const orphansAreCancelled: Invariant = ({ before, after, decision, nodesBefore, instances }) => {
  const cancelled = decision.effects.flatMap((effect) => (effect.type === 'child.cancel' ? [effect.executionId] : []))
  const fresh = after.orphans.filter((id) => before?.orphans.includes(id) !== true)
  const difference = findDifference(cancelled.toSorted(), fresh.toSorted())
  if (difference !== null) return `cancelled${difference}`
  const awaited = new Set(instances.flatMap(({ state }) => childOf(state) ?? []))
  const both = after.orphans.find((id) => awaited.has(id))
  if (both !== undefined) return `${both} is awaited, and is to be cancelled`
  if (decision.noOp !== null) return null
  const heard = new Set(decision.events.flatMap((event) => (event.type === 'child.ended' ? [event.executionId] : [])))
  return first(nodesBefore, ([path, node]) => {
    const child = childOf(node)
    const now = stateAt(after, path)
    if (child === null || awaited.has(child) || after.orphans.includes(child) || heard.has(child)) return null
    return now?.status === 'completed' && now.metadata?.execution_id === child ? null : `${path} has lost sight of ${child}`
  })
}

const childOf = (node: NodeState): string | null =>
  node.status === 'waiting' && node.on.kind === 'child' ? node.on.executionId : null

const BEGINNINGS: ReadonlySet<string> = new Set(['node.iterating', 'iteration.started', 'node.skipped'])

/** While it is paused nothing begins; what is under way settles. */
export const nothingStartsWhilePaused: Invariant = ({ before, after, decision, nodesBefore }) => {
  if (before === null || before.paused === null || after.paused === null) return null
  return first(decision.events, (event) => {
    if (BEGINNINGS.has(event.type)) return event.type
    if (event.type !== 'node.started' && event.type !== 'node.waiting') return null
    // An attempt that nobody took up is put on the queue again; one that was under way has started a child.
    const node = nodesBefore.get(event.node)
    const isUnderWay = node?.status === 'running' && (event.type === 'node.waiting' || event.attempt === node.attempt)
    return isUnderWay ? null : `${event.type} of ${event.node}, which was ${node?.status}`
  })
}

/** Paused and resumed by turns; time paused is added to the time limit. */
export const pausesTakeTurns: Invariant = ({ command, before, after, decision, now }) => {
  if (before === null || before.phase.status !== 'open') return null
  if (command.type === 'pause') {
    if (before.paused !== null) return decision.noOp === 'ALREADY_PAUSED' ? null : `paused twice: ${decision.noOp}`
    return after.paused?.at === now ? null : 'it is not paused'
  }
  if (command.type === 'resume') {
    if (before.paused === null) return decision.noOp === 'NOT_PAUSED' ? null : `resumed: ${decision.noOp}`
    const moved = (after.clockFrom ?? 0) - (before.clockFrom ?? 0)
    return after.paused === null && moved === now - before.paused.at ? null : `its clock moved ${moved} ms`
  }
  const changed = before.paused !== after.paused && after.phase.status === 'open'
  return changed ? `${command.type} changed the pause` : null
}
