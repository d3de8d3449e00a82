// Where the instances of an item are whose iteration a child execution does: a for-each of very many items has its items done in shards.
import { childOf } from '../core/awaits-child.ts'
import { findInstance, iterationPath, type NodeInstance, nodePath, stateOf } from '../core/instance.ts'
import type { ExecutionState, Loop, NodeState } from '../core/state.ts'

export interface ShardPlace {
  /** The child; null where it has not begun. */
  readonly executionId: string | null
  /** The item's iteration as it is called here, `outer[2].each[700]`, and in the child, `each[200]`. */
  readonly here: string
  readonly there: string
}

/** Null for a path that leads into no shard; that of a shard's own node (`each[1].shard`) does not. */
export function findInShard(state: ExecutionState, path: string): ShardPlace | null {
  for (const { index: at, 0: bracket } of path.matchAll(/\[\d{1,6}\](?=\.|$)/g)) {
    const owner = findInstance(state, path.slice(0, at))
    if (owner === undefined) return null
    const size = shardSizeOf(state, owner)
    if (size === null) continue
    const inside = path.slice(at + bracket.length + 1)
    if (owner.node.shards?.nodes.has(inside) && !owner.node.body?.nodes.has(inside)) return null
    return placeOf(state, owner, Number(bracket.slice(1, -1)), size)
  }
  return null
}

function shardSizeOf(state: ExecutionState, owner: NodeInstance): number | null {
  const node = stateOf(state, owner)
  const loop: Loop | null = 'loop' in node ? node.loop : null
  return loop?.kind === 'each' ? (loop.shardSize ?? null) : null
}

function placeOf(state: ExecutionState, { path, node }: NodeInstance, item: number, size: number): ShardPlace {
  const shard = Math.floor(item / size)
  const [id = ''] = node.shards?.nodes.keys() ?? []
  const instance = findInstance(state, nodePath(iterationPath(path, shard), id))
  return {
    executionId: instance === undefined ? null : shardAt(stateOf(state, instance)),
    here: iterationPath(path, item),
    there: iterationPath(node.id, item - shard * size),
  }
}

/** The failure of a shard is that of its item, and does not name it. */
const shardAt = (node: NodeState): string | null =>
  node.status === 'failed' && node.child !== undefined ? node.child : childOf(node)
