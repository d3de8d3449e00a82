// What differs between two definitions, for people: nodes by id and edges by their ends, whatever their order.
import diff, { type Difference } from 'microdiff'
import { formatPath } from '../core/config-path.ts'
import type { EdgeDefinition, WorkflowDefinition } from '../core/definition.ts'

export interface DefinitionChange {
  readonly kind: 'added' | 'removed' | 'changed'
  /** `nodes.greet.config.prompt`, `edges["a.true → b"]`, `settings.retry` */
  readonly path: string
  /** Absent where it was added. */
  readonly before?: unknown
  /** Absent where it was removed. */
  readonly after?: unknown
}

export const compareDefinitions = (before: WorkflowDefinition, after: WorkflowDefinition): readonly DefinitionChange[] =>
  diff(bare(byName(before)), bare(byName(after))).map(describe)

/** The library takes what every object inherits for a member: here nothing inherits, so that a node may be called `constructor`. */
function bare<Value>(value: Value): Value
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const copy: object = Object.create(null)
  for (const [name, member] of Object.entries(value)) Reflect.set(copy, name, bare(member))
  return copy
}

function describe(change: Difference): DefinitionChange {
  const path = formatPath(change.path)
  switch (change.type) {
    case 'CREATE':
      return { kind: 'added', path, after: change.value }
    case 'REMOVE':
      return { kind: 'removed', path, before: change.oldValue }
    case 'CHANGE':
      return { kind: 'changed', path, before: change.oldValue, after: change.value }
  }
}

const byName = ({ nodes, edges, ...rest }: WorkflowDefinition) => ({
  ...rest,
  nodes: Object.fromEntries(nodes.map((node) => [node.id, node])),
  edges: Object.fromEntries(edges.map((edge) => [edgeName(edge), edge])),
})

/** No two of a definition are alike in all of this. */
const edgeName = ({ from, to, port, when }: EdgeDefinition): string =>
  `${from}${port === undefined ? '' : `.${port}`} → ${to}${when === undefined ? '' : ` when ${when}`}`
