// The child executions that did shards of this one's loops, in every epoch, for erasing them. Most are named in the journal; one whose
// attempt was lost, or that ended when nobody asked for it any more, is found as its attempt would find it.
import type { JournalEntry } from '../core/event.ts'
import { runNumber } from '../core/node-run.ts'
import type { ExecutionState } from '../core/state.ts'
import { shardIdParts } from '../runner/start-shard.ts'

type Counts = Pick<ExecutionState, 'identity' | 'reruns' | 'replacedChildren'>

/**
 * Each once; some may never have been started. A user's node may be called as a shard's: who is asked to go has to know itself
 * whether it is one.
 */
export function shardChildren(
  state: Counts,
  entries: Iterable<JournalEntry>,
  derivedId: (parts: readonly (string | number)[]) => string,
): ReadonlySet<string> {
  const paths = new Set<string>()
  const children = new Set<string>()
  for (const { events } of entries)
    for (const event of events) {
      if (event.type === 'node.started' && isShardNode(event.node)) paths.add(event.node)
      if (event.type === 'node.waiting' && event.on?.kind === 'child' && isShardNode(event.node))
        children.add(event.on.executionId)
    }
  for (const path of paths) for (const parts of idsAt(state, path)) children.add(derivedId(parts))
  return children
}

/** Of every run of the node, and of every child that took the place of another. */
function* idsAt(state: Counts, node: string): Iterable<readonly (string | number)[]> {
  const { executionId } = state.identity
  for (let run = 1; run <= runNumber(state, node); run += 1)
    for (let failures = 0; failures <= (state.replacedChildren[node] ?? 0); failures += 1)
      yield shardIdParts({ executionId, node, run, failures })
}

/** `each[2].shard`, as the graph of a for-each names it. */
const isShardNode = (path: string): boolean => path.endsWith('].shard')
