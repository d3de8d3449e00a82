// `GET /executions/:id/nodes`: node instances by path, those in iterations included, page by page. Computed from the state and, for
// logs, from the journal.
import type { JournalEntry } from '../core/event.ts'
import { findInstance, type NodeInstance, stateOf } from '../core/instance.ts'
import type { ExecutionState } from '../core/state.ts'
import { messagesOf } from './log-lines.ts'
import { nodeInGraph } from './node-in-graph.ts'
import { nodeInstances, withInside } from './node-instances.ts'
import { type NodeView, shownStatus, viewNode } from './node-view.ts'
import { shownOf } from './payload-view.ts'
import { findInShard, type ShardPlace } from './shard-place.ts'
import { type Show, showWithinBounds } from './shown-values.ts'

export interface NodeQuery {
  /** Path of a node or an iteration: it and everything inside it. Null: everything. */
  readonly prefix: string | null
  readonly status: NodeView['status'] | null
  readonly limit: number
  /** `next` of the page before. */
  readonly cursor: string | null
  readonly includeLogs: boolean
}

export type NodePage =
  /** `next`: the path after which the next page begins; null at the end. */
  | { readonly kind: 'page'; readonly nodes: readonly NodeView[]; readonly next: string | null }
  /** The definition has no node there. An iteration that has not begun is an empty page. */
  | { readonly kind: 'unknown_prefix' }
  | { readonly kind: 'unknown_cursor' }
  /** The prefix names an item that a child does: it has to be asked, by another name. */
  | ({ readonly kind: 'in_shard' } & ShardPlace)

/** `entries` is the journal from its beginning; read only where logs are asked for. */
export function listNodes(state: ExecutionState, entries: () => Iterable<JournalEntry>, query: NodeQuery): NodePage {
  const { prefix, limit, includeLogs } = query
  if (prefix !== null && nodeInGraph(state.graph, prefix) === undefined) return { kind: 'unknown_prefix' }
  const shard = prefix === null ? null : findInShard(state, prefix)
  if (shard !== null) return { kind: 'in_shard', ...shard }
  const found = findPage(state, query)
  if (found === null) return { kind: 'unknown_cursor' }
  const page = found.slice(0, limit)
  const logs = includeLogs ? messagesOf(entries(), new Set(page.map(({ path }) => path))) : null
  const view = (show: Show) => page.map((instance) => viewNode(state, instance, logs?.get(instance.path) ?? [], show))
  const nodes = showWithinBounds(shownOf(state), view)
  return { kind: 'page', nodes, next: found.length > limit ? (page.at(-1)?.path ?? null) : null }
}

/** One instance more than the limit where there are more; null where there is no such cursor. */
function findPage(state: ExecutionState, { prefix, status, limit, cursor }: NodeQuery): readonly NodeInstance[] | null {
  const found: NodeInstance[] = []
  let isPast = cursor === null
  for (const listed of listedUnder(state, prefix)) {
    if (!isPast) isPast = listed.path === cursor
    else if (status === null || shownStatus(state, listed.nodeState) === status) found.push(listed)
    if (found.length > limit) break
  }
  return isPast ? found : null
}

function listedUnder(state: ExecutionState, prefix: string | null): ReturnType<typeof nodeInstances> {
  if (prefix === null) return nodeInstances(state)
  const instance = findInstance(state, prefix)
  if (instance !== undefined) return withInside(state, { ...instance, nodeState: stateOf(state, instance) })
  return state.iterations.has(prefix) ? nodeInstances(state, prefix) : []
}

/** Shows every value in the iterations of an execution, for who looks for one of them. */
export function viewInside(state: ExecutionState, show: Show): void {
  for (const listed of nodeInstances(state)) if (listed.iteration !== '') viewNode(state, listed, [], show)
}
