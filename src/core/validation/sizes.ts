// Limits of a definition as a whole. They are checked first: past them nothing else is looked at, so that the cost of a
// validation is bounded.
import type { BodyDefinition, Issue, NodeDefinition, WorkflowDefinition } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { byteLength, isJsonObject } from '../json.ts'
import { MAX_DEFINITION_BYTES, MAX_DESCRIPTION_BYTES, MAX_EDGES, MAX_NAME_LENGTH, MAX_NODES } from '../limits.ts'
import type { NodeTypes } from '../node-type.ts'

export function checkSizes(definition: WorkflowDefinition, nodeTypes: NodeTypes): Issue[] {
  const bytes = byteLength(JSON.stringify(definition))
  const { name = '', description = '' } = definition
  const { nodes, edges } = countAll(definition, nodeTypes)
  return [
    ...tooLarge([], bytes, MAX_DEFINITION_BYTES, 'bytes of JSON'),
    ...tooLarge(['name'], name.length, MAX_NAME_LENGTH, 'characters'),
    ...tooLarge(['description'], byteLength(description), MAX_DESCRIPTION_BYTES, 'bytes'),
    ...tooLarge(['nodes'], nodes, MAX_NODES, 'nodes, those of all bodies counted'),
    ...tooLarge(['edges'], edges, MAX_EDGES, 'edges, those of all bodies counted'),
  ]
}

/** The graph that a node's config holds; null where there is none, or where the type makes one of something else. */
export const writtenBody = ({ type, config }: NodeDefinition, nodeTypes: NodeTypes): BodyDefinition | null =>
  isJsonObject(config.body) ? (nodeTypes.get(type)?.body?.(config) ?? null) : null

interface Counts {
  readonly nodes: number
  readonly edges: number
}

const countAll = ({ nodes, edges }: BodyDefinition, nodeTypes: NodeTypes): Counts =>
  nodes.reduce<Counts>(
    (sum, node) => {
      const body = writtenBody(node, nodeTypes)
      const inner = body === null ? { nodes: 0, edges: 0 } : countAll(body, nodeTypes)
      return { nodes: sum.nodes + inner.nodes, edges: sum.edges + inner.edges }
    },
    { nodes: nodes.length, edges: edges.length },
  )

/** Of the outermost graph alone, nodes also where they are a map: the reader asks before it looks at each of them. */
export const checkCounts = ({ nodes, edges }: { readonly nodes?: unknown; readonly edges?: unknown }): Issue[] => [
  ...tooLarge(['nodes'], countOf(nodes), MAX_NODES, 'nodes'),
  ...tooLarge(['edges'], countOf(edges), MAX_EDGES, 'edges'),
]

const countOf = (nodes: unknown): number => (typeof nodes === 'object' && nodes !== null ? Object.keys(nodes).length : 0)

const tooLarge = (path: readonly string[], size: number, limit: number, unit: string): Issue[] =>
  size <= limit ? [] : [errorAt('TOO_LARGE', { path }, `${size} ${unit}; the limit is ${limit}`)]
