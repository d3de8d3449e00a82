// The compiled shape of a definition: who precedes whom, over which port. Built once per load; never journaled.
import type { EdgeDefinition, NodeDefinition, WorkflowDefinition } from './definition.ts'
import type { NodeType, NodeTypes } from './node-type.ts'

/** An edge with its place in the definition and its port made explicit. */
export interface GraphEdge {
  readonly index: number
  readonly from: string
  readonly to: string
  readonly port: string
  readonly when: string | null
}

export interface GraphNode {
  readonly id: string
  /** Place in the definition: the order that breaks ties. */
  readonly index: number
  readonly definition: NodeDefinition
  readonly type: NodeType
  readonly incoming: readonly GraphEdge[]
  readonly outgoing: readonly GraphEdge[]
  /** Distinct sources in definition order of edges. A join counts these. */
  readonly sources: readonly string[]
}

export interface Graph {
  readonly definition: WorkflowDefinition
  /** In definition order. */
  readonly nodes: ReadonlyMap<string, GraphNode>
  readonly edges: readonly GraphEdge[]
}

/** The port an edge leaves from: its own, else the first of its source's type. */
const edgePort = (edge: EdgeDefinition, source: NodeDefinition, type: NodeType): string =>
  edge.port ?? type.ports(source.config)[0] ?? 'out'

/** Compiles a definition that has passed validation. */
export function compileGraph(definition: WorkflowDefinition, nodeTypes: NodeTypes): Graph {
  const drafts = new Map(
    definition.nodes.map((node, index) => [
      node.id,
      {
        id: node.id,
        index,
        definition: node,
        type: mustType(nodeTypes, node.type),
        incoming: [] as GraphEdge[],
        outgoing: [] as GraphEdge[],
        sources: [] as string[],
      },
    ]),
  )
  const edges = definition.edges.map((edge, index): GraphEdge => {
    const source = mustNode(drafts, edge.from)
    const target = mustNode(drafts, edge.to)
    const port = edgePort(edge, source.definition, source.type)
    const compiled = { index, from: edge.from, to: edge.to, port, when: edge.when ?? null }
    source.outgoing.push(compiled)
    target.incoming.push(compiled)
    if (!target.sources.includes(edge.from)) target.sources.push(edge.from)
    return compiled
  })
  return { definition, nodes: drafts, edges }
}

/** The node of that id. Absence is a bug: validation has seen every edge. */
export function mustNode<T>(nodes: ReadonlyMap<string, T>, id: string): T {
  const node = nodes.get(id)
  if (node === undefined) throw new Error(`graph: no node ${id}`)
  return node
}

function mustType(nodeTypes: NodeTypes, name: string): NodeType {
  const type = nodeTypes.get(name)
  if (type === undefined) throw new Error(`graph: unknown node type ${name}`)
  return type
}
