// The compiled shape of a definition: who precedes whom, over which port. Built once per load; never journaled.
import type { BodyDefinition, EdgeDefinition, NodeDefinition, WorkflowDefinition } from './definition.ts'
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
  /** What a loop runs once per iteration; null for every other node. */
  readonly body: Graph | null
  /** What a for-each of very many items runs once per shard: one node, which has a child execution do it. */
  readonly shards: Graph | null
}

export interface Graph {
  /** In definition order. */
  readonly nodes: ReadonlyMap<string, GraphNode>
  readonly edges: readonly GraphEdge[]
}

/** The graph of a whole workflow. */
export interface WorkflowGraph extends Graph {
  readonly definition: WorkflowDefinition
}

/** The port an edge leaves from: its own, else the first of its source's type. */
const edgePort = (edge: EdgeDefinition, source: NodeDefinition, type: NodeType): string =>
  edge.port ?? type.ports(source.config)[0] ?? 'out'

/** What an edge is, wherever it stands: no two of a graph are alike in it. */
export const edgeKey = ({ from, to, port, when }: GraphEdge): string => JSON.stringify([from, to, port, when])

/** Compiles a definition that has passed validation. */
export const compileGraph = (definition: WorkflowDefinition, nodeTypes: NodeTypes): WorkflowGraph => ({
  definition,
  ...compileBody(definition, nodeTypes),
})

function compileBody({ nodes, edges: links }: BodyDefinition, nodeTypes: NodeTypes): Graph {
  const drafts = new Map(
    nodes.map((node, index) => {
      const type = mustType(nodeTypes, node.type)
      const body = type.body?.(node.config) ?? null
      return [
        node.id,
        {
          id: node.id,
          index,
          definition: node,
          type,
          incoming: [] as GraphEdge[],
          outgoing: [] as GraphEdge[],
          sources: [] as string[],
          body: body === null ? null : compileBody(body, nodeTypes),
          shards: body === null || type.shardType === undefined ? null : compileBody(shardGraph(type.shardType), nodeTypes),
        },
      ]
    }),
  )
  const edges = links.map((edge, index): GraphEdge => {
    const source = mustNode(drafts, edge.from)
    const target = mustNode(drafts, edge.to)
    const port = edgePort(edge, source.definition, source.type)
    const compiled = { index, from: edge.from, to: edge.to, port, when: edge.when ?? null }
    source.outgoing.push(compiled)
    target.incoming.push(compiled)
    if (!target.sources.includes(edge.from)) target.sources.push(edge.from)
    return compiled
  })
  return { nodes: drafts, edges }
}

/** Nodes without incoming edges: they run at once. */
export const rootsOf = (graph: Graph): readonly GraphNode[] =>
  [...graph.nodes.values()].filter((node) => node.incoming.length === 0)

/** The node of that id. Absence is a bug: validation has seen every edge. */
export function mustNode<T>(nodes: ReadonlyMap<string, T>, id: string): T {
  const node = nodes.get(id)
  if (node === undefined) throw new Error(`graph: no node ${id}`)
  return node
}

const shardGraph = (type: string): BodyDefinition => ({ nodes: [{ id: 'shard', type, config: {} }], edges: [] })

function mustType(nodeTypes: NodeTypes, name: string): NodeType {
  const type = nodeTypes.get(name)
  if (type === undefined) throw new Error(`graph: unknown node type ${name}`)
  return type
}
