// Holds a canonical definition against its shape. What does not fit is reported and taken out, so that the rest can still be
// validated and a caller sees all problems at once.
import type { z } from 'zod'
import type { ConfigPath } from '../config-path.ts'
import type { Issue, IssueCode, WorkflowDefinition } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { valueAt } from '../value-at.ts'
import { definitionShape } from './definition-shape.ts'

export interface Shaped {
  /** Fits the shape in any case; with issues, it is not what the caller meant and only good for finding more of them. */
  readonly draft: WorkflowDefinition
  readonly issues: readonly Issue[]
}

const EMPTY = { nodes: { id: '', type: '', config: {} }, edges: { from: '', to: '' } }

export function checkShape(canonical: JsonObject): Shaped {
  const problems = definitionShape.safeParse(canonical).error?.issues ?? []
  const paths = problems.map((problem) => problem.path.map((part) => (typeof part === 'number' ? part : String(part))))
  const fitting = paths.length === 0 ? canonical : withoutMisfits(canonical, paths)
  return {
    // What the shape finds no fault with is a definition; that all of it is JSON was checked before.
    draft: fitting as unknown as WorkflowDefinition,
    issues: problems.map((problem, index) => shapeIssue(problem, paths[index] ?? [], canonical)),
  }
}

function shapeIssue(problem: z.core.$ZodIssue, path: ConfigPath, canonical: JsonObject): Issue {
  const value = valueAt(canonical, path)
  const owner = path[0] === 'nodes' ? valueAt(canonical, [...path.slice(0, 2), 'id']) : undefined
  const place = { path, ...(typeof owner === 'string' ? { nodeId: owner } : {}) }
  if (value === undefined) return errorAt('REQUIRED', place, `\`${path.at(-1)}\` is required`)
  return errorAt(codeFor(path), place, problem.message.replace(/^Invalid (input|option): /, ''))
}

function codeFor(path: ConfigPath): IssueCode {
  if (path.includes('retry')) return 'BAD_RETRY'
  if (path.includes('join')) return 'BAD_JOIN'
  return path[0] === 'input_schema' ? 'BAD_SCHEMA' : 'INVALID_TYPE'
}

/** Takes out the smallest member around each misfit that may be absent, and puts an empty one where it may not. */
function withoutMisfits(canonical: JsonObject, paths: readonly ConfigPath[]): JsonObject {
  let draft = canonical
  const lists = { nodes: listOf(canonical.nodes), edges: listOf(canonical.edges) }
  for (const [member, place, inner] of paths) {
    if (member === 'nodes' || member === 'edges') {
      if (typeof place === 'number') lists[member][place] = repaired(lists[member][place], EMPTY[member], inner)
    } else if (member === 'settings' && place !== undefined && isJsonObject(draft.settings)) {
      draft = { ...draft, settings: omit(draft.settings, place) }
    } else draft = omit(draft, member ?? '')
  }
  return { ...draft, ...lists }
}

const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? [...value] : [])

const repaired = (item: Json | undefined, empty: JsonObject, misfit: string | number | undefined): JsonObject =>
  isJsonObject(item) && misfit !== undefined ? { ...empty, ...omit(item, misfit) } : empty

function omit(object: JsonObject, name: string | number): JsonObject {
  const { [name]: _, ...rest } = object
  return rest
}
