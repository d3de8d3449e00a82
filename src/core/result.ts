// What a graph that ran to its end gives: an execution's `final_output`, an iteration's result.
import type { GraphNode } from './graph.ts'
import type { Json } from './json.ts'
import type { GraphRun } from './state.ts'

/** Nodes whose success nothing follows; an edge from the `error` port does not count. */
const isTerminal = (node: GraphNode): boolean => node.outgoing.every((edge) => edge.port === 'error')

/**
 * Of the `end` nodes that completed (none in the graph: of the terminal nodes that completed) exactly one gives its output as
 * it is, several an object by id, none null.
 */
export function finalOutput(run: GraphRun): Json {
  const nodes = [...run.graph.nodes.values()]
  const ends = nodes.filter((node) => node.type.type === 'end')
  const candidates = ends.length > 0 ? ends : nodes.filter(isTerminal)
  const completed = candidates.flatMap(({ id }) => {
    const node = run.nodes.get(id)
    return node?.status === 'completed' ? [[id, node.output] as const] : []
  })
  const [first] = completed
  if (first === undefined) return null
  return completed.length === 1 ? first[1] : Object.fromEntries(completed)
}
