// What a node receives: the values of its taken in-edges, and `input` as expressions see it.
import type { Graph, GraphEdge } from './graph.ts'
import { mustNode } from './graph.ts'
import type { Json, JsonObject } from './json.ts'
import type { NodeFailure } from './node-error.ts'
import type { NodeInput } from './node-type.ts'
import type { GraphRun } from './state.ts'

/** A failure as the value of an error edge. */
export const errorValue = (failure: NodeFailure): JsonObject => ({
  code: failure.code,
  message: failure.message,
  attempts: failure.attempts,
  ...(failure.status === undefined ? {} : { status: failure.status }),
  ...(failure.cause === undefined ? {} : { cause: failure.cause }),
})

/** The value that a taken edge carries. */
function edgeValue(state: Pick<GraphRun, 'nodes'>, edge: GraphEdge): Json {
  const source = mustNode(state.nodes, edge.from)
  if (source.status === 'completed')
    return Object.hasOwn(source.portOutputs, edge.port) ? (source.portOutputs[edge.port] ?? null) : source.output
  if (source.status === 'failed' && source.route === 'error_port') return errorValue(source.error)
  return null
}

const mustEdge = (graph: Graph, index: number): GraphEdge => {
  const edge = graph.edges[index]
  if (edge === undefined) throw new Error(`graph: no edge ${index}`)
  return edge
}

/** The values that arrived, in definition order of edges. */
export const nodeInputs = (state: Pick<GraphRun, 'nodes' | 'graph'>, taken: readonly number[]): readonly NodeInput[] =>
  taken.map((index) => {
    const edge = mustEdge(state.graph, index)
    return { source: edge.from, port: edge.port, value: edgeValue(state, edge) }
  })

/** `inputs_by_source`: of two taken edges from one source the first in definition order counts. */
export function inputsBySource(inputs: readonly NodeInput[]): JsonObject {
  const bySource: Record<string, Json> = {}
  for (const { source, value } of inputs) if (!Object.hasOwn(bySource, source)) bySource[source] = value
  return bySource
}

/** `input`: from one source its value, from several an object by source id, from none what its graph was given. */
export function soleInput(inputs: readonly NodeInput[], given: Json): Json {
  const first = inputs[0]
  if (first === undefined) return given
  return inputs.every(({ source }) => source === first.source) ? first.value : inputsBySource(inputs)
}
