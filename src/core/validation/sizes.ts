// Limits of a definition as a whole. They are checked first: past them nothing else is looked at, so that the cost of a
// validation is bounded.
import type { Issue, WorkflowDefinition } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { byteLength } from '../json.ts'
import { MAX_DEFINITION_BYTES, MAX_DESCRIPTION_BYTES, MAX_EDGES, MAX_NAME_LENGTH, MAX_NODES } from '../limits.ts'

export function checkSizes(definition: WorkflowDefinition): Issue[] {
  const bytes = byteLength(JSON.stringify(definition))
  const { name = '', description = '' } = definition
  return [
    ...tooLarge([], bytes, MAX_DEFINITION_BYTES, 'bytes of JSON'),
    ...tooLarge(['name'], name.length, MAX_NAME_LENGTH, 'characters'),
    ...tooLarge(['description'], byteLength(description), MAX_DESCRIPTION_BYTES, 'bytes'),
    ...checkCounts(definition),
  ]
}

/** Nodes (also where they are a map) and edges alone: the reader asks before it looks at each of them. */
export const checkCounts = ({ nodes, edges }: { readonly nodes?: unknown; readonly edges?: unknown }): Issue[] => [
  ...tooLarge(['nodes'], countOf(nodes), MAX_NODES, 'nodes'),
  ...tooLarge(['edges'], countOf(edges), MAX_EDGES, 'edges'),
]

const countOf = (nodes: unknown): number => (typeof nodes === 'object' && nodes !== null ? Object.keys(nodes).length : 0)

const tooLarge = (path: readonly string[], size: number, limit: number, unit: string): Issue[] =>
  size <= limit ? [] : [errorAt('TOO_LARGE', { path }, `${size} ${unit}; the limit is ${limit}`)]
