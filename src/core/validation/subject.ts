// What every check looks at: a definition with its ids, types and links resolved once. Unlike the engine's graph it exists for
// broken definitions too: an unknown type is undefined, an edge without both ends is no link.
import { createSuggester, type Suggest } from '../close-name.ts'
import type { NodeDefinition, WorkflowDefinition } from '../definition.ts'
import type { NodeType, NodeTypes } from '../node-type.ts'
import type { Ancestors } from './ancestors.ts'
import { topologicalOrder } from './topological-order.ts'

export interface CheckedNode {
  readonly index: number
  readonly definition: NodeDefinition
  /** Undefined where this engine does not know the type. */
  readonly type: NodeType | undefined
}

/** An edge between two different known nodes, by their indexes. */
export interface Link {
  readonly edge: number
  readonly from: number
  readonly to: number
}

/** What is around a body. */
export interface Outer {
  readonly subject: Subject
  /** The loop that runs the body. */
  readonly node: CheckedNode
  readonly ancestors: Ancestors | null
}

export interface Subject {
  /** Of a body, its nodes and edges alone. */
  readonly definition: WorkflowDefinition
  readonly nodeTypes: NodeTypes
  /** Null for the workflow itself. */
  readonly outer: Outer | null
  readonly nodes: readonly CheckedNode[]
  /** The first node of each id. */
  readonly byId: ReadonlyMap<string, CheckedNode>
  readonly links: readonly Link[]
  /** Of each node, the indexes of those that its links lead to; several links count several times. */
  readonly successors: readonly (readonly number[])[]
  readonly predecessors: readonly (readonly number[])[]
  /** Null where the links make a cycle. */
  readonly order: readonly number[] | null
  readonly suggest: Suggest
}

export function prepareSubject(definition: WorkflowDefinition, nodeTypes: NodeTypes, outer: Outer | null = null): Subject {
  const nodes = definition.nodes.map((node, index) => ({ index, definition: node, type: nodeTypes.get(node.type) }))
  const byId = new Map<string, CheckedNode>()
  for (const node of nodes) if (!byId.has(node.definition.id)) byId.set(node.definition.id, node)
  const links = resolveLinks(definition, byId)
  const successors = nodes.map((): number[] => [])
  const predecessors = nodes.map((): number[] => [])
  for (const { from, to } of links) {
    successors[from]?.push(to)
    predecessors[to]?.push(from)
  }
  const order = topologicalOrder(successors)
  const suggest = createSuggester()
  return { definition, nodeTypes, outer, nodes, byId, links, successors, predecessors, order, suggest }
}

function resolveLinks(definition: WorkflowDefinition, byId: ReadonlyMap<string, CheckedNode>): Link[] {
  return definition.edges.flatMap(({ from, to }, edge) => {
    const source = byId.get(from)
    const target = byId.get(to)
    const linked = source !== undefined && target !== undefined && source !== target
    return linked ? [{ edge, from: source.index, to: target.index }] : []
  })
}

/** Distinct source ids of a node, as a join counts them. */
export const sourceIds = (subject: Subject, node: CheckedNode): ReadonlySet<string> =>
  new Set((subject.predecessors[node.index] ?? []).map((index) => subject.nodes[index]?.definition.id ?? ''))
