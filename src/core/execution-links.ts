// The signed links that an execution's expressions make: to an approval by its node's id, for an event by its name.
import { awaitedEvents, mayBeOneOf, mayWaitFor } from './awaited-events.ts'
import type { ShardOwner } from './event.ts'
import type { LinkAnswer, LinkRequest } from './expression-evaluation.ts'
import { enclosingOf, iterationsAround, mustRun, nodePath } from './instance.ts'
import { type LinkClaims, linkUrl } from './links.ts'
import type { ExecutionState, GraphRun } from './state.ts'

/** `iteration`: of the node whose expression asks; empty at the top level. */
export function makeLink(state: ExecutionState, iteration: string, request: LinkRequest): LinkAnswer {
  // What a shard asks for is its owner's: nobody delivers anything to the shard itself.
  const owner = ownerOf(state)
  const { executionId, links, epoch } = owner ?? { ...state.identity, epoch: state.epoch }
  if (links === undefined)
    return { refused: 'needs the secret ID_SECRET, which this deployment did not have when the execution started' }
  const sign = (claims: LinkClaims): LinkAnswer => ({ url: linkUrl(links, claims) })
  if (request.kind === 'event')
    return mayWaitFor(state.graph, request.target) || mayBeOneOf(owner?.events ?? [], request.target)
      ? sign({ kind: 'event', executionId, event: request.target })
      : { refused: `knows no wait-for-event node for "${request.target}"` }
  const node = findApprovalPath(state, iteration, request.target)
  return node === null
    ? { refused: `knows no approval node "${request.target}" here` }
    : sign({ kind: 'approval', executionId, epoch, node })
}

/** Of a shard; one that has gone on with its owner is of the epoch in which it did. */
function ownerOf({ enclosing, identity: { parent } }: ExecutionState): ShardOwner | undefined {
  const owner = enclosing?.owner
  return owner !== undefined && parent?.executionId === owner.executionId ? { ...owner, epoch: parent.epoch } : owner
}

/** The node of that id in the same iteration, else in those around it. */
function findApprovalPath(state: ExecutionState, iteration: string, id: string): string | null {
  const node = mustRun(state, iteration).graph.nodes.get(id)
  if (node !== undefined) return node.definition.type === 'approval' ? nodePath(iteration, id) : null
  if (iteration !== '') return findApprovalPath(state, enclosingOf(state, iteration), id)
  const { approvals = {} } = state.enclosing?.owner ?? {}
  return Object.hasOwn(approvals, id) ? (approvals[id] ?? null) : null
}

/** What a shard of a loop in this iteration may ask links for, and whose they are. Of what its body does not name, nothing. */
export function linksForShard(state: ExecutionState, iteration: string, body: string): Omit<ShardOwner, 'facts'> {
  const owner = ownerOf(state)
  if (owner !== undefined) {
    const { facts: _facts, ...links } = owner
    return links
  }
  const { executionId, links } = state.identity
  return {
    executionId,
    epoch: state.epoch,
    ...(links !== undefined && { links }),
    events: body.includes('event_url') ? [...new Set(awaitedEvents(state.graph))] : [],
    approvals: body.includes('approval_url') ? approvalsInSight(state, iteration, body) : {},
  }
}

function approvalsInSight(state: ExecutionState, iteration: string, body: string): Readonly<Record<string, string>> {
  const ids = allRunsAround(state, iteration).flatMap(({ graph }) => [...graph.nodes.keys()])
  return Object.fromEntries(
    ids.flatMap((id) => {
      const path = body.includes(id) ? findApprovalPath(state, iteration, id) : null
      return path === null ? [] : [[id, path]]
    }),
  )
}

const allRunsAround = (state: ExecutionState, iteration: string): readonly GraphRun[] => [
  ...iterationsAround(state, iteration),
  state,
]
