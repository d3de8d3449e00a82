// What must hold of every node after every decision. Nothing here uses the engine's own judgement of edges, joins and retries; it is
// said a second time, as the specification says it.
import type { GraphNode } from '../../src/core/graph.ts'
import { MAX_RUNNER_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import { findDifference } from './find-difference.ts'
import { around, isOver, isRunOver, iterationOf } from './instances.ts'
import { brokenJoin, isTaken } from './join-oracle.ts'
import { stateAt } from './loop-oracle.ts'
import { EDGE_CONDITIONS } from './meanings.ts'
import { first, firstChanged, graphNode, type Invariant, isGoingOn, isRerun, nodeEvents } from './step.ts'

/** What has settled stays as it is; only a new epoch takes it back. */
export const settledNodeNeverChanges: Invariant = ({ nodesBefore, after, decision }) =>
  isRerun(decision)
    ? null
    : first(nodesBefore, ([path, node]) => {
        const now = stateAt(after, path)
        return isOver(node) && now !== node && findDifference(node, now) !== null ? `${path} was ${node.status}` : null
      })

/** Every pending node waits for a source that is not settled, unless its run has ended, or all stands still for a while. */
export const noOrphanNode: Invariant = (step) =>
  isGoingOn(step)
    ? first(step.instances, ({ path, iteration, run, node, state }) =>
        state.status !== 'pending' ||
        isRunOver(step.after, iteration) ||
        node.sources.some((source) => !isOver(run.nodes.get(source)))
          ? null
          : `${path} is pending, and all its sources are settled`,
      )
    : null

/** A join decides as soon as its outcome cannot change, never before, and with the edges that it counted. */
export const joinsDecideInTime: Invariant = (step) =>
  first(step.instances, (instance) =>
    step.given.has(instance.path)
      ? null
      : brokenJoin({ workflow: step.workflow, state: step.after, instance, mayWait: !isGoingOn(step) }),
  )

/** An attempt that is under way was given out once, by the way that its timeout asks for; no other attempt is given out. */
export const effectsAreTheAttemptsUnderWay: Invariant = (step) => {
  const { after, decision } = step
  const given = decision.effects.flatMap((effect) =>
    'node' in effect ? [`${effect.type} ${effect.node} ${effect.attempt}`] : [],
  )
  const started = new Set(nodeEvents(step).flatMap((event) => (event.type === 'node.started' ? [event.node] : [])))
  const expected = [...started].flatMap((id) => {
    const node = stateAt(after, id)
    const queued = attemptSeconds(graphNode(after, id)) > MAX_RUNNER_TIMEOUT_SECONDS
    return node?.status === 'running' ? [`${queued ? 'node.enqueue' : 'node.run'} ${id} ${node.attempt}`] : []
  })
  return findDifference([...given].sort(), expected.sort())
}

/** How long one attempt may take: of a node that starts a child, its timeout is how long the child may. */
export const attemptSeconds = ({ definition, type }: GraphNode): number =>
  type.type === 'workflow' ? 20 : (definition.timeout_seconds ?? 20)

/** A settled node takes edges of its ports alone, and of these exactly the ones whose `when` holds. */
export const takenEdgesFollowPorts: Invariant = (step) =>
  firstChanged(step, ({ path, node: graph, state: node }) => {
    if (node.status !== 'completed' && node.status !== 'failed') return null
    const allowed =
      node.status === 'completed'
        ? graph.type.ports(graph.definition.config)
        : ['error', graph.type.continuePort(graph.definition.config)]
    if (node.ports.some((port) => !allowed.includes(port))) return `${path} ${node.status} over ${node.ports.join(', ')}`
    return first(graph.outgoing, (edge) => {
      const holds = edge.when === null || !node.ports.includes(edge.port) ? true : EDGE_CONDITIONS[edge.when]
      if (holds === null) return `${path} ${node.status}, although the condition of an edge failed`
      return node.deadEdges.includes(edge.index) === !holds ? null : `edge ${edge.index} of ${path}: ${edge.when}`
    })
  })

/** The first failure that goes up ends its run, and nothing is given out in it any more. */
export const theFirstFailureEndsItsRun: Invariant = ({ decision }) => {
  const failures = new Map<string, string>()
  return first(decision.events, (event) => {
    if (event.type === 'node.failed' && event.route === 'execution') {
      const run = iterationOf(event.node)
      failures.set(run, failures.get(run) ?? event.node)
    }
    if (event.type === 'node.started') {
      const ending = [iterationOf(event.node), '', ...around(event.node)].find((run) => failures.has(run))
      return ending === undefined ? null : `${event.node} began after ${failures.get(ending)} had failed`
    }
    const [failed, cause] =
      event.type === 'iteration.failed'
        ? [failures.get(`${event.node}[${event.index}]`), event.failedNode]
        : event.type === 'execution.failed'
          ? [failures.get(''), event.node]
          : []
    return failed === undefined || failed === cause ? null : `${failed} failed before ${cause}`
  })
}

/** A failure goes over an error edge that is taken, else on with null, else up; up also where the condition of such an edge fails. */
export const failuresTakeTheirWay: Invariant = (step) =>
  first(nodeEvents(step), (event) => {
    if (event.type !== 'node.failed') return null
    const { definition, outgoing, type } = graphNode(step.after, event.node)
    const goesOn = definition.on_error === 'continue' ? type.continuePort(definition.config) : null
    const conditions = (port: string | null) =>
      outgoing.filter((edge) => edge.port === port).map(({ when }) => (when === null ? true : EDGE_CONDITIONS[when]))
    const expected = routeFor(conditions('error'), goesOn === null ? null : conditions(goesOn))
    return event.route === expected ? null : `${event.node} went ${event.route}, not ${expected}`
  })

type Conditions = readonly (boolean | null | undefined)[]

function routeFor(atError: Conditions, goingOn: Conditions | null): string {
  if (atError.includes(null)) return 'execution'
  if (atError.includes(true)) return 'error_port'
  return goingOn === null || goingOn.includes(null) ? 'execution' : 'continue'
}

/** A node receives only what was taken when it began; with `all`, all of it. */
export const inputsAreTakenEdges: Invariant = (step) =>
  firstChanged(step, ({ path, node: { incoming, definition }, run, state: node }) => {
    // An end from outside may come before a beginning; what goes on after an end that was taken back keeps what it received then.
    if (!('takenEdges' in node) || step.after.epoch > 1) return null
    const taken = incoming.filter((edge) => isTaken(run, edge)).map(({ index }) => index)
    if (node.takenEdges.some((index) => !taken.includes(index)))
      return `${path} received over edges ${node.takenEdges.join(', ')} of ${taken.join(', ')}`
    return (definition.join ?? 'all') === 'all' && node.takenEdges.length !== taken.length ? `${path} misses edges` : null
  })
