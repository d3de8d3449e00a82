// All nodes of an execution, in the order in which they are listed: by definition, each loop followed by what its iterations hold.

import { mustNode } from '../core/graph.ts'
import { instanceOf, iterationPath, mustRun, type NodeInstance } from '../core/instance.ts'
import type { ExecutionState, NodeState } from '../core/state.ts'

interface Listed extends NodeInstance {
  readonly nodeState: NodeState
}

/** Those of one iteration (empty: the top level) and of everything inside it. */
export function* nodeInstances(state: ExecutionState, iteration = ''): Iterable<Listed> {
  const { graph, nodes } = mustRun(state, iteration)
  for (const node of graph.nodes.values())
    yield* withInside(state, { ...instanceOf(iteration, node), nodeState: mustNode(nodes, node.id) })
}

/** A node and, of a loop, the nodes in its iterations. */
export function* withInside(state: ExecutionState, listed: Listed): Iterable<Listed> {
  yield listed
  const loop = 'loop' in listed.nodeState ? listed.nodeState.loop : null
  if (loop === null) return
  for (let index = 0; index < loop.started; index += 1) {
    const inside = iterationPath(listed.path, index)
    if (state.iterations.has(inside)) yield* nodeInstances(state, inside)
  }
}
