// The node of the definition that a path names, whether or not the execution has an instance there: an iteration may not have begun,
// or a replay may have taken it back.
import type { Graph, GraphNode } from '../core/graph.ts'

const SEGMENT = /^([A-Za-z0-9_-]+)(\[\d{1,6}\])?$/

/** Of an iteration (`each[3]`) its loop; undefined where the definition has no such place. */
export function nodeInGraph(graph: Graph, path: string): GraphNode | undefined {
  const [first = '', ...rest] = path.split('.')
  const [, id = '', index] = SEGMENT.exec(first) ?? []
  const node = graph.nodes.get(id)
  if (index === undefined) return rest.length === 0 ? node : undefined
  if (rest.length === 0 || node === undefined) return node?.body === null ? undefined : node
  const inner = rest.join('.')
  return [node.body, node.shards].flatMap((body) => (body === null ? [] : [nodeInGraph(body, inner)])).find(Boolean)
}
