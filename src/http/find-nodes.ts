// Asks an execution for its nodes, and for those of an item that a child does in a shard the child, whose nodes are called as they are
// in the parent.
import { isWithin } from '../core/instance.ts'
import { MAX_BODY_DEPTH } from '../core/limits.ts'
import type { ExecutionRpc } from '../execution/contract.ts'
import type { NodePage, NodeQuery } from '../history/node-list.ts'

type Found = Exclude<NodePage, { readonly kind: 'in_shard' }>

/** Null where there is no such execution. */
export async function findNodes(
  execution: (id: string) => Pick<ExecutionRpc, 'nodes'>,
  id: string,
  communityId: string,
  query: NodeQuery,
  depth = 0,
): Promise<Found | null> {
  const page = await execution(id).nodes(communityId, query)
  if (page?.kind !== 'in_shard') return page
  const { executionId, here, there } = page
  if (executionId === null || depth > MAX_BODY_DEPTH) return { kind: 'page', nodes: [], next: null }
  const inside = { ...query, prefix: renamed(query.prefix, here, there), cursor: renamed(query.cursor, here, there) }
  const found = await findNodes(execution, executionId, communityId, inside, depth + 1)
  if (found?.kind !== 'page') return found
  const nodes = found.nodes.map((node) => ({
    ...node,
    node_id: renamed(node.node_id, there, here),
    logs: node.logs.map((line) => line.replaceAll(there, here)),
  }))
  return { kind: 'page', nodes, next: renamed(found.next, there, here) }
}

/** A path below `from` as it is called below `to`. */
const renamed = <Path extends string | null>(path: Path, from: string, to: string): Path | string =>
  path !== null && isWithin(path, from) ? `${to}${path.slice(from.length)}` : path
