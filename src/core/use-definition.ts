// Puts another definition under a state: nodes that are new have not begun, those that are gone are forgotten, all others keep what
// they were. Part of the fold; called by `apply-rerun.ts` alone.
import { type Draft, type IterationDraft, ownIteration } from './draft.ts'
import { isSettled } from './edges.ts'
import { edgeKey, type Graph, mustNode, type WorkflowGraph } from './graph.ts'
import { findInstance } from './instance.ts'
import type { NodeState } from './state.ts'

export function useDefinition(draft: Draft, graph: WorkflowGraph): void {
  const limitOf = ({ definition }: WorkflowGraph) => definition.settings?.timeout_seconds ?? null
  // One that was set on the execution itself stays.
  if (draft.timeoutSeconds === limitOf(draft.graph)) draft.timeoutSeconds = limitOf(graph)
  useGraph(draft, graph)
  draft.graph = graph
  for (const path of [...draft.iterations.keys()]) {
    const body = bodyOf(draft, path)
    if (body === null) draft.iterations.delete(path)
    else useGraph(ownIteration(draft, path), body)
  }
}

/** The body that an iteration runs by the graphs as they are now; null where its loop is gone. Owners come before what is in them. */
function bodyOf(draft: Draft, path: string): Graph | null {
  const { owner, isShard } = mustNode(draft.iterations, path)
  const node = findInstance(draft, owner)?.node
  return (isShard ? node?.shards : node?.body) ?? null
}

type Run = Pick<IterationDraft, 'graph' | 'nodes' | 'outputs' | 'path' | 'unsettled'>

function useGraph(run: Run, graph: Graph): void {
  const moved = movedEdges(run.graph, graph)
  const known = run.nodes
  run.graph = graph
  run.nodes = new Map(
    Array.from(graph.nodes.keys(), (id): [string, NodeState] => [id, withEdges(known.get(id) ?? { status: 'pending' }, moved)]),
  )
  run.path = run.path.filter((id) => graph.nodes.has(id))
  run.outputs = Object.fromEntries(Object.entries(run.outputs).filter(([id]) => graph.nodes.has(id)))
  run.unsettled = [...run.nodes.values()].filter((node) => !isSettled(node)).length
}

/** New indexes of the edges that are in both graphs, by their old ones. */
function movedEdges(before: Graph, after: Graph): ReadonlyMap<number, number> {
  const indexes = new Map(after.edges.map((edge) => [edgeKey(edge), edge.index]))
  return new Map(
    before.edges.flatMap((edge) => {
      const index = indexes.get(edgeKey(edge))
      return index === undefined ? [] : [[edge.index, index] as const]
    }),
  )
}

function withEdges(node: NodeState, moved: ReadonlyMap<number, number>): NodeState {
  const move = (edges: readonly number[]): readonly number[] => edges.flatMap((index) => moved.get(index) ?? [])
  if (!('takenEdges' in node)) return node
  const takenEdges = move(node.takenEdges)
  return 'deadEdges' in node ? { ...node, takenEdges, deadEdges: move(node.deadEdges) } : { ...node, takenEdges }
}
