// The generous reader: what callers send, in any of the accepted spellings, becomes the canonical form that is stored, hashed,
// journaled and executed. Never throws, never changes its argument, and leaves a canonical form as it is.

import type { Issue, WorkflowDefinition } from './definition.ts'
import { errorAt } from './issue.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import type { NodeTypes } from './node-type.ts'
import { canonicalEdges, canonicalNodes, canonicalRetry } from './reading/canonical-node.ts'
import { canonicalVariables } from './reading/canonical-variables.ts'
import { checkBodyShapes } from './reading/check-body-shapes.ts'
import { checkShape } from './reading/check-shape.ts'
import { findBadJson } from './reading/json-tree.ts'
import { withoutNulls, withTextIds } from './reading/members.ts'
import { checkCounts } from './validation/sizes.ts'

export interface Reading {
  /** Null where there are issues. */
  readonly definition: WorkflowDefinition | null
  /** Paths are those of the canonical form: `nodes[0].config` also where the caller wrote `data`. */
  readonly issues: readonly Issue[]
}

export interface Draft {
  /** Null only where nothing can be read. With issues: what is left without the members that do not fit, to find more issues. */
  readonly draft: WorkflowDefinition | null
  readonly issues: readonly Issue[]
}

const OPTIONAL_MEMBERS = [
  'workflow_id',
  'name',
  'description',
  'nodes',
  'edges',
  'variables',
  'required_variables',
  'input_schema',
  'settings',
]

const OPTIONAL_SETTINGS = [
  'timeout_seconds',
  'retry',
  'priority',
  'concurrency',
  'error_workflow',
  'retention_days',
  'budget_usd',
  'capture_io',
]

export function readDefinition(value: unknown, nodeTypes: NodeTypes): Reading {
  const { draft, issues } = readDraft(value, nodeTypes)
  return { definition: issues.length === 0 ? draft : null, issues }
}

/** As `readDefinition`, for validation, which goes on after misfits of shape. */
export function readDraft(value: unknown, nodeTypes: NodeTypes): Draft {
  if (!isJsonObject(value)) return { draft: null, issues: [errorAt('INVALID_TYPE', { path: [] }, 'a workflow is a JSON object')] }
  const tooMany = checkCounts(value)
  if (tooMany.length > 0) return { draft: null, issues: tooMany }
  const bad = findBadJson(value)
  if (bad !== null) return { draft: null, issues: [bad] }
  const issues: Issue[] = []
  const { draft, issues: misfits } = checkShape(canonicalForm(value, nodeTypes, issues))
  const bodies = checkBodyShapes(draft.nodes, nodeTypes)
  return { draft: { ...draft, nodes: bodies.nodes }, issues: [...issues, ...misfits, ...bodies.issues] }
}

function canonicalForm(raw: JsonObject, nodeTypes: NodeTypes, issues: Issue[]): JsonObject {
  const given = withTextIds(withoutNulls(raw, OPTIONAL_MEMBERS), ['workflow_id'])
  const { nodes = [], edges = [], variables, required_variables: required, settings } = given
  return {
    ...given,
    nodes: canonicalNodes(listNodes(nodes, issues), nodeTypes),
    edges: canonicalEdges(edges),
    ...(variables === undefined ? {} : withRequired(canonicalVariables(variables, issues), required)),
    ...(settings === undefined ? {} : { settings: canonicalSettings(settings) }),
  }
}

/** `{ greet: { … } }` as `[{ id: "greet", … }]`; a node that calls itself otherwise is reported. */
function listNodes(nodes: Json, issues: Issue[]): Json {
  if (!isJsonObject(nodes)) return nodes
  return Object.entries(nodes).map(([id, node], index) => {
    if (!isJsonObject(node)) return node
    const own = node.id ?? id
    if (String(own) !== id)
      issues.push(errorAt('BAD_ID', { path: ['nodes', index, 'id'] }, `the node under \`${id}\` has another id`))
    return { ...node, id }
  })
}

/** Names that the list form requires, after those that the definition names itself. */
function withRequired(canonical: JsonObject, given: Json | undefined): JsonObject {
  const listed = canonical.required_variables
  if (!Array.isArray(given) || !Array.isArray(listed)) return canonical
  return { ...canonical, required_variables: [...new Set([...given, ...listed])] }
}

function canonicalSettings(settings: Json): Json {
  if (!isJsonObject(settings)) return settings
  const given = withoutNulls(settings, OPTIONAL_SETTINGS)
  return given.retry === undefined ? given : { ...given, retry: canonicalRetry(given.retry) }
}
