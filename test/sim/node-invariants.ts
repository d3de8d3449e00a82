// What must hold of every node after every decision. Nothing here uses the engine's own judgement of edges, joins and retries; it is
// said a second time, as the specification says it.
import { MAX_RUNNER_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import type { NodeState } from '../../src/core/state.ts'
import { findDifference } from './find-difference.ts'
import { brokenJoin, isOver, isTaken } from './join-oracle.ts'
import { EDGE_CONDITIONS } from './random-workflow.ts'
import { first, graphNode, type Invariant, type NodeEvent, nodeEvents, statusOf } from './step.ts'

/** What has settled stays as it is. */
export const settledNodeNeverChanges: Invariant = ({ nodesBefore, after }) =>
  first(nodesBefore, ([id, node]) =>
    isOver(node) && findDifference(node, after.nodes.get(id)) !== null ? `${id} was ${node.status}` : null,
  )

const ALLOWED_BEFORE: Readonly<Record<NodeEvent['type'], readonly string[]>> = {
  // Running: an attempt that nobody took up is put on the queue again.
  'node.started': ['pending', 'retrying', 'running'],
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
export const aNodeLivesOnce: Invariant = (step) => {
  const statuses = new Map(step.nodesBefore.map(([id, { status }]) => [id, status as string]))
  for (const event of nodeEvents(step)) {
    const status = statuses.get(event.node) ?? 'pending'
    if (!ALLOWED_BEFORE[event.type].includes(status)) return `${event.type} of ${event.node}, which was ${status}`
    statuses.set(event.node, STATUS_AFTER[event.type])
  }
  return first(step.after.nodes, ([id, { status }]) => (status === (statuses.get(id) ?? 'pending') ? null : `${id} is ${status}`))
}

/** Every pending node waits for a source that is not settled, unless the execution has ended or goes on by `continue`. */
export const noOrphanNode: Invariant = ({ after, continueDue }) =>
  after.phase.status !== 'open' || continueDue
    ? null
    : first(after.graph.nodes.values(), (node) =>
        statusOf(after, node.id) !== 'pending' || node.sources.some((source) => !isOver(after.nodes.get(source)))
          ? null
          : `${node.id} is pending, and all its sources are settled`,
      )

/** A join decides as soon as its outcome cannot change, never before, and with the edges that it counted. */
export const joinsDecideInTime: Invariant = ({ workflow, after, continueDue }) =>
  first(after.graph.nodes.values(), (node) => brokenJoin({ workflow, state: after, node, continueDue }))

/** An attempt that is under way was given out once, by the way that its timeout asks for; no other attempt is given out. */
export const effectsAreTheAttemptsUnderWay: Invariant = (step) => {
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

/** A settled node takes edges of its ports alone, and of these exactly the ones whose `when` holds. */
export const takenEdgesFollowPorts: Invariant = ({ after, nodesBefore, decision }) => {
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
export const failuresTakeTheirWay: Invariant = (step) =>
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
export const inputsAreTakenEdges: Invariant = ({ after, nodesBefore }) => {
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
