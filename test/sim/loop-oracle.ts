// Loops as the specification has them (§4), said a second time: what an iteration is given, what it gives, what the loop gives.

import type { Json } from '../../src/core/json.ts'
import type { ExecutionState, GraphRun, IterationState, Loop, NodeState } from '../../src/core/state.ts'
import { around, idOf, iterationOf, iterationsOf, ownerOf } from './instances.ts'

/** The result of a graph that ran to its end: of its `end` nodes, without any of its terminal nodes. */
export function resultOf({ graph, nodes }: Pick<GraphRun, 'graph' | 'nodes'>): Json {
  const all = [...graph.nodes.values()]
  const ends = all.filter(({ definition }) => definition.type === 'end')
  const last = all.filter(({ id }) => graph.edges.every(({ from, port }) => from !== id || port === 'error'))
  const outputs = (ends.length > 0 ? ends : last).flatMap(({ id }) => {
    const node = nodes.get(id)
    return node?.status === 'completed' ? [[id, node.output] as const] : []
  })
  return outputs.length > 1 ? Object.fromEntries(outputs) : (outputs[0]?.[1] ?? null)
}

export const stateAt = (state: ExecutionState, path: string): NodeState | undefined => {
  const iteration = iterationOf(path)
  return (iteration === '' ? state : state.iterations.get(iteration))?.nodes.get(idOf(path))
}

export const loopOf = (node: NodeState | undefined): Loop | null => (node !== undefined && 'loop' in node ? node.loop : null)

/** What the roots of that iteration receive: its item, or the state that the round before it left. */
export function givenTo(state: ExecutionState, iteration: string): Json | undefined {
  const { owner, index } = ownerOf(iteration)
  const loop = loopOf(stateAt(state, owner))
  if (loop === null) return undefined
  if (loop.kind === 'each') return loop.items[index]
  if (index === 0) return loop.initial
  const before = state.iterations.get(`${owner}[${index - 1}]`)
  return before === undefined ? undefined : resultOf(before)
}

const nearest = (state: ExecutionState, path: string, kind: Loop['kind']): string | undefined =>
  around(path).find((iteration) => loopOf(stateAt(state, ownerOf(iteration).owner))?.kind === kind)

/** `index` as a node of that path sees it; null outside of every for-each. */
export function indexAt(state: ExecutionState, path: string): number | null {
  const iteration = nearest(state, path, 'each')
  return iteration === undefined ? null : ownerOf(iteration).index
}

/** `[item, index]` or `[state, iteration]` as a node of that path sees them. */
export function seenFrom(state: ExecutionState, path: string, kind: Loop['kind']): Json | undefined {
  const iteration = nearest(state, path, kind)
  if (iteration === undefined) return undefined
  return [givenTo(state, iteration) ?? null, ownerOf(iteration).index]
}

/** The results of a for-each in the order of its items. */
export function resultsOf(state: ExecutionState, owner: string, loop: Extract<Loop, { readonly kind: 'each' }>): Json {
  const byIndex = new Map(
    iterationsOf(state, owner).map(([, iteration]): [number, IterationState] => [iteration.index, iteration]),
  )
  return loop.items.flatMap((_, index): readonly Json[] => {
    const iteration = byIndex.get(index)
    if (iteration?.phase === 'completed') return [resultOf(iteration)]
    return loop.onItemError === 'drop' ? [] : [null]
  })
}
