// What must hold of an execution after every decision. Nothing here uses the engine's own judgement; it is said a second time, as the
// specification says it.
import type { GraphRun } from '../../src/core/state.ts'
import { deadlineAt, nextWakeAt, nodeDueAt } from '../../src/core/timers.ts'
import { findDifference } from './find-difference.ts'
import { isOver, runsOf } from './instances.ts'
import { resultOf, stateAt } from './loop-oracle.ts'
import { first, type Invariant, isRerun, nodeEvents } from './step.ts'

/** Deciding writes to nothing it was given. What can be frozen is; nodes and iterations are in Maps, which cannot. */
export const decideDoesNotMutate: Invariant = ({ before, nodesBefore, iterationsBefore }) => {
  if (before === null) return null
  const nodes = runsOf(before).reduce((sum, [, run]) => sum + run.nodes.size, 0)
  const isSame =
    nodes === nodesBefore.size &&
    before.iterations.size === iterationsBefore.size &&
    [...before.iterations].every(([path, iteration]) => iterationsBefore.get(path) === iteration) &&
    [...nodesBefore].every(([path, node]) => stateAt(before, path) === node)
  return isSame ? null : 'the state it was given has changed'
}

/** A named no-op has no events, no effects, and leaves the very state it was given. */
export const noOpChangesNothing: Invariant = ({ decision, before, after }) => {
  if (decision.noOp === null) return decision.events.length === 0 ? 'nothing happened, and it has no name' : null
  return decision.events.length + decision.effects.length > 0 || after !== before ? `${decision.noOp} changed something` : null
}

/** No node ends by a bug of ours. */
export const nothingIsThrown: Invariant = ({ decision }) =>
  decision.bugs.length === 0 ? null : decision.bugs.map((bug) => (bug instanceof Error ? bug.stack : String(bug))).join('; ')

/** `seq` counts events, without a gap over the whole life. */
export const seqIsContiguous: Invariant = ({ before, after, decision }) =>
  after.seq === (before?.seq ?? 0) + decision.events.length
    ? null
    : `${before?.seq} and ${decision.events.length} make ${after.seq}`

/** Of settlements and claims of one attempt the first is accepted; every other, and every stale one, is a no-op. */
export const firstAcceptedWins: Invariant = ({ command, before, nodesBefore, decision }) => {
  if (command.type !== 'settle' && command.type !== 'claim') return null
  const node = nodesBefore.get(command.node)
  const isUnderWay =
    before?.phase.status === 'open' &&
    command.epoch === before.epoch &&
    node?.status === 'running' &&
    node.attempt === command.attempt &&
    !(command.type === 'claim' && (node.claimed || before.paused !== null))
  return isUnderWay === (decision.noOp === null) ? null : `${command.type} of ${command.node} was answered ${decision.noOp}`
}

/** What runs has a lease, what retries has its moment; the alarm is no later than the first of them. */
export const everyWaitingNodeHasAWakeTime: Invariant = ({ after, now, instances, continueDue, decision }) => {
  if (after.phase.status !== 'open') return null
  const wakeAt = nextWakeAt(after)
  const started = new Set(nodeEvents({ decision }).flatMap((event) => ('leaseUntil' in event ? [event.node] : [])))
  const isHeld = after.paused !== null || continueDue
  if (wakeAt === null && !isHeld && !instances.some(({ state }) => state.status === 'waiting'))
    return 'open, and nothing will wake it'
  return first(instances, ({ path, state }) => {
    const due = nodeDueAt(state)
    if (due === null) return MUST_BE_DUE.has(state.status) ? `${path} is ${state.status} without a moment` : null
    if (after.paused !== null && state.status !== 'running') return null
    if (wakeAt === null || due < wakeAt) return `${path} is due at ${due}, the alarm at ${wakeAt}`
    return started.has(path) && due <= now ? `${path} was given a lease that has passed` : null
  })
}

const MUST_BE_DUE: ReadonlySet<string> = new Set(['running', 'retrying'])

const WAKES: ReadonlySet<string> = new Set(['wake', 'resume', 'set_timeout'])

/** A wake handles all that is due: nothing that was due before it stays as it was. While it is paused only leases end. */
export const aWakeHandlesWhatIsDue: Invariant = ({ command, before, after, now, nodesBefore, decision, continueDue }) => {
  if (!WAKES.has(command.type) || before?.phase.status !== 'open' || after.phase.status !== 'open') return null
  if (decision.noOp !== null && command.type !== 'wake') return null
  if ((deadlineAt(after) ?? Number.POSITIVE_INFINITY) <= now) return 'the deadline has passed, and it is open'
  if (continueDue) return null
  return first(nodesBefore, ([path, node]) =>
    (nodeDueAt(node) ?? Number.POSITIVE_INFINITY) <= now &&
    (after.paused === null || node.status === 'running') &&
    stateAt(after, path) === node
      ? `${path} was due`
      : null,
  )
}

/** A finished execution has no effects but to let go of children, nothing unfinished and no alarm; an open one has something left to do. */
export const finishedHasNothingLeft: Invariant = ({ after, decision, instances, continueDue }) => {
  const unfinished = instances.filter(({ state }) => !isOver(state)).map(({ path }) => path)
  if (after.phase.status === 'open')
    return unfinished.length > 0 || continueDue || after.paused !== null ? null : 'all is settled, and it is open'
  if (decision.effects.some(({ type }) => type !== 'child.cancel'))
    return `${after.phase.status} with effects ${JSON.stringify(decision.effects)}`
  if (nextWakeAt(after) !== null) return 'an alarm of a finished execution'
  if (after.paused !== null) return 'it is finished, and paused'
  const open = [...after.iterations].find(([, { phase }]) => phase === 'open')
  if (open !== undefined) return `${open[0]} is open`
  return unfinished.length === 0 ? null : `${unfinished.join(', ')} unfinished`
}

const ENDINGS = ['execution.completed', 'execution.failed', 'execution.cancelled']

/** It is created and started once, ends once in each epoch, and its end is its last event; then it only hears of its relatives. */
export const endedExactlyOnce: Invariant = ({ before, decision, after }) => {
  const { events } = decision
  const beginnings = events.filter(({ type }) => type === 'execution.created' || type === 'execution.started').length
  if (beginnings !== (before === null && events.length > 0 ? 2 : 0)) return `${beginnings} beginnings`
  const wasOver = before !== null && before.phase.status !== 'open'
  if (isRerun(decision) !== after.epoch > (before?.epoch ?? 1)) return `epoch ${after.epoch}`
  if (wasOver && !isRerun(decision)) {
    const after = events.find(({ type }) => type !== 'child.ended' && type !== 'execution.adopted')
    return after === undefined ? null : `${after.type} after the end`
  }
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

/** `outputs` has the completed nodes, null for the continued ones; the path has all that completed or failed, once. */
export const outputsAndPathFollowTheNodes: Invariant = ({ after, decision }) =>
  decision.events.length === 0
    ? null
    : first(runsOf(after), ([iteration, run]) => {
        const broken = misnamed(run)
        return broken === null ? null : `${iteration} ${broken}`
      })

function misnamed({ nodes, path, outputs }: GraphRun): string | null {
  const settled = [...nodes].filter(([, { status }]) => status === 'completed' || status === 'failed').map(([id]) => id)
  if (findDifference([...path].sort(), settled.sort()) !== null) return `the path is ${path.join(', ')}`
  const expected = path.flatMap((id): [string, unknown][] => {
    const node = nodes.get(id)
    if (node?.status === 'completed') return [[id, node.output]]
    return node?.status === 'failed' && node.route === 'continue' ? [[id, null]] : []
  })
  return findDifference(outputs, Object.fromEntries(expected))
}

/** `final_output` is that of the one `end` node that completed, of several by id; without any in the graph, of the terminal nodes. */
export const finalOutputIsOfTheEnds: Invariant = ({ after }) =>
  after.phase.status === 'completed' ? findDifference(after.phase.output, resultOf(after)) : null

/** `checkpoint` names the moment, and changes nothing else. */
export const checkpointsChangeNothing: Invariant = ({ command, before, after, decision }) => {
  if (command.type !== 'checkpoint' || before?.phase.status !== 'open') return null
  const { seq: _before, ...was } = before
  const { seq: _after, ...is } = after
  const changed = Object.keys(was).find((name) => !isShallowEqual(Reflect.get(was, name), Reflect.get(is, name)))
  if (changed !== undefined) return `${changed} has changed`
  return decision.effects.length === 0 && decision.events.length === 1 ? null : 'it did something'
}

/** Containers may be copies; what is in them is the same. */
const isShallowEqual = (a: unknown, b: unknown): boolean =>
  a === b ||
  (typeof a === 'object' && findDifference(a instanceof Map ? [...a.keys()] : a, b instanceof Map ? [...b.keys()] : b) === null)
