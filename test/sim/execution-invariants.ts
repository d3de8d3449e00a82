// What must hold of an execution after every decision. Nothing here uses the engine's own judgement; it is said a second time, as the
// specification says it.
import { deadlineAt, nextWakeAt, nodeDueAt } from '../../src/core/timers.ts'
import { findDifference } from './find-difference.ts'
import { isOver } from './join-oracle.ts'
import { first, type Invariant, nodeEvents } from './step.ts'

/** Deciding writes to nothing it was given. What can be frozen is; nodes are in a Map, which cannot. */
export const decideDoesNotMutate: Invariant = ({ before, nodesBefore }) =>
  before !== null && (before.nodes.size !== nodesBefore.length || nodesBefore.some(([id, node]) => before.nodes.get(id) !== node))
    ? 'the state it was given has changed'
    : null

/** A named no-op has no events, no effects, and leaves the very state it was given. */
export const noOpChangesNothing: Invariant = ({ decision, before, after }) => {
  if (decision.noOp === null) return decision.events.length === 0 ? 'nothing happened, and it has no name' : null
  return decision.events.length + decision.effects.length > 0 || after !== before ? `${decision.noOp} changed something` : null
}

/** `seq` counts events, without a gap over the whole life. */
export const seqIsContiguous: Invariant = ({ before, after, decision }) =>
  after.seq === (before?.seq ?? 0) + decision.events.length
    ? null
    : `${before?.seq} and ${decision.events.length} make ${after.seq}`

/** Of settlements and claims of one attempt the first is accepted; every other, and every stale one, is a no-op. */
export const firstAcceptedWins: Invariant = ({ command, before, decision }) => {
  if (command.type !== 'settle' && command.type !== 'claim') return null
  const node = before?.nodes.get(command.node)
  const isUnderWay =
    before?.phase.status === 'open' &&
    command.epoch === 1 &&
    node?.status === 'running' &&
    node.attempt === command.attempt &&
    !(command.type === 'claim' && node.claimed)
  return isUnderWay === (decision.noOp === null) ? null : `${command.type} of ${command.node} was answered ${decision.noOp}`
}

/** What runs has a lease, what waits or retries has its moment; the alarm is no later than the first of them. */
export const everyWaitingNodeHasAWakeTime: Invariant = ({ after, now, continueDue, decision }) => {
  if (after.phase.status !== 'open') return null
  const wakeAt = nextWakeAt(after)
  if (wakeAt === null) return continueDue ? null : 'open, and nothing will wake it'
  const started = new Set(nodeEvents({ decision }).flatMap((event) => ('leaseUntil' in event ? [event.node] : [])))
  return first(after.nodes, ([id, node]) => {
    if (node.status === 'pending' || isOver(node)) return null
    const due = nodeDueAt(node)
    if (due === null || !Number.isFinite(due)) return `${id} is ${node.status} without a moment`
    if (due < wakeAt) return `${id} is due at ${due}, the alarm at ${wakeAt}`
    return started.has(id) && due <= now ? `${id} was given a lease that has passed` : null
  })
}

/** A wake handles all that is due: nothing that was due before it stays as it was. */
export const aWakeHandlesWhatIsDue: Invariant = ({ command, before, after, now }) => {
  if (command.type !== 'wake' || before?.phase.status !== 'open' || after.phase.status !== 'open') return null
  if ((deadlineAt(after) ?? Number.POSITIVE_INFINITY) <= now) return 'the deadline has passed, and it is open'
  return first(before.nodes, ([id, node]) =>
    (nodeDueAt(node) ?? Number.POSITIVE_INFINITY) <= now && after.nodes.get(id) === node ? `${id} was due` : null,
  )
}

/** A finished execution has no effects, no unfinished node and no alarm; an open one has something left to do. */
export const finishedHasNothingLeft: Invariant = ({ after, decision, continueDue }) => {
  const unfinished = [...after.nodes].filter(([, node]) => !isOver(node)).map(([id]) => id)
  if (after.phase.status === 'open') return unfinished.length > 0 || continueDue ? null : 'all is settled, and it is open'
  if (decision.effects.length > 0) return `${after.phase.status} with effects ${JSON.stringify(decision.effects)}`
  if (nextWakeAt(after) !== null) return 'an alarm of a finished execution'
  return unfinished.length === 0 ? null : `${unfinished.join(', ')} unfinished`
}

const ENDINGS = ['execution.completed', 'execution.failed', 'execution.cancelled']

/** It is created and started once, ends once, and its end is its last event. */
export const endedExactlyOnce: Invariant = ({ before, decision: { events }, after }) => {
  const beginnings = events.filter(({ type }) => type === 'execution.created' || type === 'execution.started').length
  if (beginnings !== (before === null && events.length > 0 ? 2 : 0)) return `${beginnings} beginnings`
  if (before !== null && before.phase.status !== 'open' && events.length > 0) return `events after the end`
  const ends = events.map(({ type }, index) => (ENDINGS.includes(type) ? index : -1)).filter((index) => index >= 0)
  if (ends.length > 1 || (ends.length === 1 && ends[0] !== events.length - 1))
    return `endings at ${ends.join(', ')} of ${events.length}`
  return (ends.length === 1) === (after.phase.status !== 'open' && events.length > 0)
    ? null
    : `${after.phase.status} without its event`
}

/** `cancel` is immediate and final. */
export const cancelIsImmediate: Invariant = ({ command, before, after }) =>
  command.type === 'cancel' && before?.phase.status === 'open' && after.phase.status !== 'cancelled'
    ? `it is ${after.phase.status}`
    : null

/** Variables are the defaults, overlaid by the inputs, then by assignments in journal order. */
export const variablesFold: Invariant = (step) => {
  const { workflow, before, after } = step
  if (step.decision.events.length === 0) return null
  const from = before === null ? { ...workflow.definition.variables, ...workflow.inputs } : before.variables
  const assigned = nodeEvents(step).map((event) => (event.type === 'node.completed' ? event.assign : undefined))
  return findDifference(after.variables, Object.assign({}, from, ...assigned))
}

/** `outputs` has the completed nodes, null for the continued ones; the path has all that completed or failed, once. */
export const outputsAndPathFollowTheNodes: Invariant = ({ after, decision }) => {
  if (decision.events.length === 0) return null
  const settled = [...after.nodes].filter(([, { status }]) => status === 'completed' || status === 'failed').map(([id]) => id)
  if (findDifference([...after.path].sort(), settled.sort()) !== null) return `the path is ${after.path.join(', ')}`
  const outputs = [...after.nodes].flatMap(([id, node]) =>
    node.status === 'completed' ? [id] : node.status === 'failed' && node.route === 'continue' ? [id] : [],
  )
  return findDifference(Object.keys(after.outputs).sort(), outputs.sort())
}

/** `final_output` is that of the one `end` node that completed, of several by id; without any in the graph, of the terminal nodes. */
export const finalOutputIsOfTheEnds: Invariant = ({ after }) => {
  if (after.phase.status !== 'completed') return null
  const { nodes, edges } = after.graph.definition
  const ends = nodes.filter(({ type }) => type === 'end')
  const last = nodes.filter(({ id }) => edges.every(({ from, port }) => from !== id || port === 'error'))
  const outputs = (ends.length > 0 ? ends : last).flatMap(({ id }) => {
    const node = after.nodes.get(id)
    return node?.status === 'completed' ? [[id, node.output] as const] : []
  })
  const expected = outputs.length > 1 ? Object.fromEntries(outputs) : (outputs[0]?.[1] ?? null)
  return findDifference(after.phase.output, expected)
}
