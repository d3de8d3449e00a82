// `cancel_rest`: which nodes only serve a join that has already decided.
import type { Graph, GraphNode } from './graph.ts'
import { mustNode } from './graph.ts'

/** The nodes from which all paths lead into `join`, apart from itself, in definition order. */
export function nodesOnlyLeadingTo(graph: Graph, join: GraphNode): readonly GraphNode[] {
  const inside = new Set<string>([join.id])
  const queue = [...join.sources]
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const node = mustNode(graph.nodes, id)
    if (inside.has(id) || !node.outgoing.every((edge) => inside.has(edge.to))) continue
    inside.add(id)
    queue.push(...node.sources)
  }
  inside.delete(join.id)
  return [...graph.nodes.values()].filter(({ id }) => inside.has(id))
}
