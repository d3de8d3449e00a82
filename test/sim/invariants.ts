// What must hold after every decision, whatever happened before: each invariant is a function named after its promise. Nothing
// here uses the engine's own judgement of edges, joins and retries; it is said a second time, as the specification says it.
import type { Command } from '../../src/core/command.ts'
import type { Decision } from '../../src/core/decide.ts'
import type { ExecutionEvent } from '../../src/core/event.ts'
import type { GraphNode } from '../../src/core/graph.ts'
import { MAX_INTERRUPTIONS, MAX_RUNNER_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import type { ExecutionState, NodeState } from '../../src/core/state.ts'
import { deadlineAt, nextWakeAt, nodeDueAt } from '../../src/core/timers.ts'
import { findDifference } from './find-difference.ts'
import { brokenJoin, isOver, isTaken } from './join-oracle.ts'
import { EDGE_CONDITIONS, type RandomWorkflow } from './random-workflow.ts'

export interface Step {
  readonly workflow: RandomWorkflow
  readonly before: ExecutionState | null
  /** The nodes of `before`, copied before the decision. */
  readonly nodesBefore: readonly (readonly [string, NodeState])[]
  readonly command: Command
  readonly decision: Decision
  readonly now: number
  /** A transition has stopped at its step limit, and no wake has gone on since. */
  readonly continueDue: boolean
}

interface Taken extends Step {
  /** The state decided. */
  readonly after: ExecutionState
}

/** Answers what is broken, or null. */
type Invariant = (step: Taken) => string | null

export class InvariantViolation extends Error {
  readonly invariant: string

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`)
    this.invariant = invariant
  }
}

export const violation = (invariant: string, detail: string): InvariantViolation => new InvariantViolation(invariant, detail)

export function checkStep(step: Step): void {
  const { state } = step.decision
  if (state === null) return
  for (const [name, invariant] of Object.entries(INVARIANTS)) {
    const broken = invariant({ ...step, after: state })
    if (broken !== null) throw violation(name, broken)
  }
}

/** The first complaint about any of the items. */
function first<T>(items: Iterable<T>, complaint: (item: T) => string | null): string | null {
  for (const item of items) {
    const broken = complaint(item)
    if (broken !== null) return broken
  }
  return null
}

const nodeEvents = (step: Step) => step.decision.events.filter((event) => event.type.startsWith('node.')) as NodeEvent[] // By their name.
type NodeEvent = Extract<ExecutionEvent, { readonly node: string; readonly type: `node.${string}` }>

const statusOf = (state: ExecutionState | null, id: string): string => state?.nodes.get(id)?.status ?? 'pending'

const graphNode = (state: ExecutionState, id: string): GraphNode => {
  const node = state.graph.nodes.get(id)
  if (node === undefined) throw violation('events-name-known-nodes', id)
  return node
}

/** Deciding writes to nothing it was given. What can be frozen is; nodes are in a Map, which cannot. */
const decideDoesNotMutate: Invariant = ({ before, nodesBefore }) =>
  before !== null && (before.nodes.size !== nodesBefore.length || nodesBefore.some(([id, node]) => before.nodes.get(id) !== node))
    ? 'the state it was given has changed'
    : null

/** A named no-op has no events, no effects, and leaves the very state it was given. */
const noOpChangesNothing: Invariant = ({ decision, before, after }) => {
  if (decision.noOp === null) return decision.events.length === 0 ? 'nothing happened, and it has no name' : null
  return decision.events.length + decision.effects.length > 0 || after !== before ? `${decision.noOp} changed something` : null
}

/** `seq` counts events, without a gap over the whole life. */
const seqIsContiguous: Invariant = ({ before, after, decision }) =>
  after.seq === (before?.seq ?? 0) + decision.events.length
    ? null
    : `${before?.seq} and ${decision.events.length} make ${after.seq}`

/** Of settlements and claims of one attempt the first is accepted; every other, and every stale one, is a no-op. */
const firstAcceptedWins: Invariant = ({ command, before, decision }) => {
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

/** What has settled stays as it is. */
const settledNodeNeverChanges: Invariant = ({ nodesBefore, after }) =>
  first(nodesBefore, ([id, node]) =>
    isOver(node) && findDifference(node, after.nodes.get(id)) !== null ? `${id} was ${node.status}` : null,
  )

const ALLOWED_BEFORE: Readonly<Record<NodeEvent['type'], readonly string[]>> = {
  'node.started': ['pending', 'retrying'],
  'node.claimed': ['running'],
  'node.interrupted': ['running'],
  'node.waiting': ['pending', 'retrying'],
  'node.retry_scheduled': ['pending', 'running', 'retrying'],
  'node.completed': ['pending', 'running', 'retrying', 'waiting'],
  'node.failed': ['pending', 'running', 'retrying', 'waiting'],
  'node.skipped': ['pending'],
  'node.cancelled': ['running', 'retrying', 'waiting'],
}
const STATUS_AFTER: Readonly<Record<NodeEvent['type'], NodeState['status']>> = {
  'node.started': 'running',
  'node.claimed': 'running',
  'node.interrupted': 'retrying',
  'node.waiting': 'waiting',
  'node.retry_scheduled': 'retrying',
  'node.completed': 'completed',
  'node.failed': 'failed',
  'node.skipped': 'skipped',
  'node.cancelled': 'cancelled',
}

/** Nodes live by their life cycle: begun once, settled once, and their state is what the last event says. */
const aNodeLivesOnce: Invariant = (step) => {
  const statuses = new Map(step.nodesBefore.map(([id, { status }]) => [id, status as string]))
  for (const event of nodeEvents(step)) {
    const status = statuses.get(event.node) ?? 'pending'
    if (!ALLOWED_BEFORE[event.type].includes(status)) return `${event.type} of ${event.node}, which was ${status}`
    statuses.set(event.node, STATUS_AFTER[event.type])
  }
  return first(step.after.nodes, ([id, { status }]) => (status === (statuses.get(id) ?? 'pending') ? null : `${id} is ${status}`))
}

/** Every pending node waits for a source that is not settled, unless the execution has ended or goes on by `continue`. */
const noOrphanNode: Invariant = ({ after, continueDue }) =>
  after.phase.status !== 'open' || continueDue
    ? null
    : first(after.graph.nodes.values(), (node) =>
        statusOf(after, node.id) !== 'pending' || node.sources.some((source) => !isOver(after.nodes.get(source)))
          ? null
          : `${node.id} is pending, and all its sources are settled`,
      )

/** A join decides as soon as its outcome cannot change, never before, and with the edges that it counted. */
const joinsDecideInTime: Invariant = ({ workflow, after, continueDue }) =>
  first(after.graph.nodes.values(), (node) => brokenJoin({ workflow, state: after, node, continueDue }))

/** What runs has a lease, what waits or retries has its moment; the alarm is no later than the first of them. */
const everyWaitingNodeHasAWakeTime: Invariant = ({ after, now, continueDue, decision }) => {
  if (after.phase.status !== 'open') return null
  const wakeAt = nextWakeAt(after)
  if (wakeAt === null) return continueDue ? null : 'open, and nothing will wake it'
  const started = new Set(nodeEvents({ decision } as Step).flatMap((event) => ('leaseUntil' in event ? [event.node] : []))) // Reads no more.
  return first(after.nodes, ([id, node]) => {
    if (node.status === 'pending' || isOver(node)) return null
    const due = nodeDueAt(node)
    if (due === null || !Number.isFinite(due)) return `${id} is ${node.status} without a moment`
    if (due < wakeAt) return `${id} is due at ${due}, the alarm at ${wakeAt}`
    return started.has(id) && due <= now ? `${id} was given a lease that has passed` : null
  })
}

/** A wake handles all that is due: nothing that was due before it stays as it was. */
const aWakeHandlesWhatIsDue: Invariant = ({ command, before, after, now }) => {
  if (command.type !== 'wake' || before?.phase.status !== 'open' || after.phase.status !== 'open') return null
  if ((deadlineAt(after) ?? Number.POSITIVE_INFINITY) <= now) return 'the deadline has passed, and it is open'
  return first(before.nodes, ([id, node]) =>
    (nodeDueAt(node) ?? Number.POSITIVE_INFINITY) <= now && after.nodes.get(id) === node ? `${id} was due` : null,
  )
}

/** A finished execution has no effects, no unfinished node and no alarm; an open one has something left to do. */
const finishedHasNothingLeft: Invariant = ({ after, decision, continueDue }) => {
  const unfinished = [...after.nodes].filter(([, node]) => !isOver(node)).map(([id]) => id)
  if (after.phase.status === 'open') return unfinished.length > 0 || continueDue ? null : 'all is settled, and it is open'
  if (decision.effects.length > 0) return `${after.phase.status} with effects ${JSON.stringify(decision.effects)}`
  if (nextWakeAt(after) !== null) return 'an alarm of a finished execution'
  return unfinished.length === 0 ? null : `${unfinished.join(', ')} unfinished`
}

const ENDINGS = ['execution.completed', 'execution.failed', 'execution.cancelled']

/** It is created and started once, ends once, and its end is its last event. */
const endedExactlyOnce: Invariant = ({ before, decision: { events }, after }) => {
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
const cancelIsImmediate: Invariant = ({ command, before, after }) =>
  command.type === 'cancel' && before?.phase.status === 'open' && after.phase.status !== 'cancelled'
    ? `it is ${after.phase.status}`
    : null

/** An attempt that is under way was given out once, by the way that its timeout asks for; no other attempt is given out. */
const effectsAreTheAttemptsUnderWay: Invariant = (step) => {
  const { after, decision } = step
  const given = decision.effects.flatMap((effect) =>
    effect.type === 'continue' ? [] : [`${effect.type} ${effect.node} ${effect.attempt}`],
  )
  const started = new Set(nodeEvents(step).flatMap((event) => (event.type === 'node.started' ? [event.node] : [])))
  const expected = [...started].flatMap((id) => {
    const node = after.nodes.get(id)
    const queued = (graphNode(after, id).definition.timeout_seconds ?? 20) > MAX_RUNNER_TIMEOUT_SECONDS
    return node?.status === 'running' ? [`${queued ? 'node.enqueue' : 'node.run'} ${id} ${node.attempt}`] : []
  })
  return findDifference([...given].sort(), expected.sort())
}

const maxAttempts = (state: ExecutionState, { definition, type }: GraphNode): number => {
  const policy = definition.retry ?? state.graph.definition.settings?.retry
  if (policy === undefined) return type.kind === 'handed_off' ? 3 : 1
  return policy.strategy === 'none' ? 1 : (policy.max_attempts ?? 3)
}

/** No more attempts than the policy has; interruptions apart, and those are bounded too. */
const attemptsStayWithinThePolicy: Invariant = ({ after }) =>
  first(after.nodes, ([id, node]) => {
    const graph = graphNode(after, id)
    const max = maxAttempts(after, graph)
    if (node.status === 'failed') return node.error.attempts > max ? `${id} failed after ${node.error.attempts} of ${max}` : null
    if (node.status === 'completed')
      return node.failures >= max ? `${id} completed after ${node.failures} failures of ${max}` : null
    if (node.status !== 'running' && node.status !== 'retrying') return null
    if (node.failures >= max) return `${id} goes on after ${node.failures} failures of ${max}`
    if (node.interruptions > MAX_INTERRUPTIONS) return `${id} was interrupted ${node.interruptions} times`
    if (graph.definition.at_most_once === true && node.interruptions > 0) return `${id} runs at most once, and is repeated`
    const made = node.failures + node.interruptions + (node.status === 'running' ? 1 : 0)
    return node.attempt === made ? null : `${id} counts ${node.attempt} attempts, and has made ${made}`
  })

/** A settled node takes edges of its ports alone, and of these exactly the ones whose `when` holds. */
const takenEdgesFollowPorts: Invariant = ({ after, nodesBefore, decision }) => {
  if (decision.events.length === 0) return null
  const known = new Map(nodesBefore)
  return first(after.nodes, ([id, node]) => {
    if ((node.status !== 'completed' && node.status !== 'failed') || known.get(id) === node) return null
    const graph = graphNode(after, id)
    const allowed =
      node.status === 'completed'
        ? graph.type.ports(graph.definition.config)
        : ['error', graph.type.continuePort(graph.definition.config)]
    if (node.ports.some((port) => !allowed.includes(port))) return `${id} ${node.status} over ${node.ports.join(', ')}`
    return first(graph.outgoing, (edge) => {
      const holds = edge.when === null || !node.ports.includes(edge.port) ? true : EDGE_CONDITIONS[edge.when]
      if (holds === null) return `${id} ${node.status}, although the condition of an edge failed`
      return node.deadEdges.includes(edge.index) === !holds ? null : `edge ${edge.index} of ${id}: ${edge.when}`
    })
  })
}

/** A failure goes over the error edge, else on with null, else up; up also where the condition of its edge fails. */
const failuresTakeTheirWay: Invariant = (step) =>
  first(nodeEvents(step), (event) => {
    if (event.type !== 'node.failed') return null
    const { definition, outgoing, type } = graphNode(step.after, event.node)
    const hasErrorEdge = outgoing.some(({ port }) => port === 'error')
    const goesOn = definition.on_error === 'continue' ? type.continuePort(definition.config) : null
    const [wanted, port] = hasErrorEdge ? ['error_port', 'error'] : goesOn !== null ? ['continue', goesOn] : ['execution', null]
    const fails = outgoing.some((edge) => edge.port === port && edge.when !== null && EDGE_CONDITIONS[edge.when] === null)
    const expected = fails ? 'execution' : wanted
    return event.route === expected ? null : `${event.node} went ${event.route}, not ${expected}`
  })

/** A node receives only what was taken when it began; with `all`, all of it. */
const inputsAreTakenEdges: Invariant = ({ after, nodesBefore }) => {
  const known = new Map(nodesBefore)
  return first(after.nodes, ([id, node]) => {
    if (!('takenEdges' in node) || known.get(id) === node) return null
    const { incoming, definition } = graphNode(after, id)
    const taken = incoming.filter((edge) => isTaken(after, edge)).map(({ index }) => index)
    if (node.takenEdges.some((index) => !taken.includes(index)))
      return `${id} received over edges ${node.takenEdges.join(', ')} of ${taken.join(', ')}`
    return (definition.join ?? 'all') === 'all' && node.takenEdges.length !== taken.length ? `${id} misses edges` : null
  })
}

/** Variables are the defaults, overlaid by the inputs, then by assignments in journal order. */
const variablesFold: Invariant = (step) => {
  const { workflow, before, after } = step
  const from = before === null ? { ...workflow.definition.variables, ...workflow.inputs } : before.variables
  const assigned = nodeEvents(step).map((event) => (event.type === 'node.completed' ? event.assign : undefined))
  return findDifference(after.variables, Object.assign({}, from, ...assigned))
}

/** `outputs` has the completed nodes, null for the continued ones; the path has all that completed or failed, once. */
const outputsAndPathFollowTheNodes: Invariant = ({ after, decision }) => {
  if (decision.events.length === 0) return null
  const settled = [...after.nodes].filter(([, { status }]) => status === 'completed' || status === 'failed').map(([id]) => id)
  if (findDifference([...after.path].sort(), settled.sort()) !== null) return `the path is ${after.path.join(', ')}`
  const outputs = [...after.nodes].flatMap(([id, node]) =>
    node.status === 'completed' ? [id] : node.status === 'failed' && node.route === 'continue' ? [id] : [],
  )
  return findDifference(Object.keys(after.outputs).sort(), outputs.sort())
}

const INVARIANTS = {
  'decide-does-not-mutate': decideDoesNotMutate,
  'no-op-changes-nothing': noOpChangesNothing,
  'seq-is-contiguous': seqIsContiguous,
  'first-accepted-wins': firstAcceptedWins,
  'settled-node-never-changes': settledNodeNeverChanges,
  'a-node-lives-once': aNodeLivesOnce,
  'no-orphan-node': noOrphanNode,
  'joins-decide-in-time': joinsDecideInTime,
  'every-waiting-node-has-a-wake-time': everyWaitingNodeHasAWakeTime,
  'a-wake-handles-what-is-due': aWakeHandlesWhatIsDue,
  'finished-has-nothing-left': finishedHasNothingLeft,
  'ended-exactly-once': endedExactlyOnce,
  'cancel-is-immediate': cancelIsImmediate,
  'effects-are-the-attempts-under-way': effectsAreTheAttemptsUnderWay,
  'attempts-stay-within-the-policy': attemptsStayWithinThePolicy,
  'taken-edges-follow-ports': takenEdgesFollowPorts,
  'failures-take-their-way': failuresTakeTheirWay,
  'inputs-are-taken-edges': inputsAreTakenEdges,
  'variables-fold': variablesFold,
  'outputs-and-path-follow-the-nodes': outputsAndPathFollowTheNodes,
} as const satisfies Record<string, Invariant>
