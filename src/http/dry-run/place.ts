// How the nodes of an execution of a dry run are called in its answer, and in its mocks: those of a child after the node that started
// it, `call/fetch`; those of a shard as if there were none.
import { splitPath } from '../../core/instance.ts'
import { INSIDE } from './mocks.ts'

export interface Place {
  /** In front of the names of its nodes. */
  readonly prefix: string
  /** Within its workflow, shards undone. */
  local(path: string): string
  /** In the answer. */
  name(path: string): string
}

const placeAt = (prefix: string, local: (path: string) => string): Place => ({
  prefix,
  local,
  name: (path) => prefix + local(path),
})

export const ROOT_PLACE: Place = placeAt('', (path) => path)

/** Of the workflow that the node of this path starts. */
export const childPlace = (parent: Place, node: string): Place => placeAt(`${parent.name(node)}${INSIDE}`, (path) => path)

/**
 * Of the child that does some items of a for-each: there the loop is the only node, and its first item the first of the shard.
 * @param node path of the shard's node in the parent, `outer[2].each[1].shard`
 * @param offset index of the shard's first item
 */
export function shardPlace(parent: Place, node: string, offset: number): Place {
  const owner = splitPath(node).iteration.replace(/\[\d+\]$/, '')
  const local = (path: string): string => {
    const inside = path.replace(/^[^[.]+/, '').replace(/^\[(\d+)\]/, (_, index: string) => `[${Number(index) + offset}]`)
    return parent.local(owner) + inside
  }
  return placeAt(parent.prefix, local)
}
