// All findings about a definition at once. Runs at every start of an inline definition and wherever one is stored or asked
// about; pure, and bounded by the limits it checks first.
import type { Issue, WorkflowDefinition } from './definition.ts'
import { errorAt, issuesWithin } from './issue.ts'
import { MAX_BODY_DEPTH, MAX_ISSUES } from './limits.ts'
import type { NodeTypes } from './node-type.ts'
import { type Reading, readDraft } from './read-definition.ts'
import { type Ancestors, computeAncestors } from './validation/ancestors.ts'
import { checkConfigs } from './validation/config.ts'
import { checkEdges } from './validation/edges.ts'
import { checkGraphShape } from './validation/graph-shape.ts'
import { checkInputSchema, checkNodeSchemas } from './validation/input-schema.ts'
import { checkJoins } from './validation/joins.ts'
import { checkLinks } from './validation/links.ts'
import { checkRecursion } from './validation/recursion.ts'
import { checkReferences } from './validation/references.ts'
import { checkRetries } from './validation/retries.ts'
import { checkSecrets } from './validation/secrets.ts'
import { checkSettings } from './validation/settings.ts'
import { checkSizes, writtenBody } from './validation/sizes.ts'
import { checkStructure } from './validation/structure.ts'
import { type CheckedNode, prepareSubject, type Subject } from './validation/subject.ts'
import { checkSupported } from './validation/supported.ts'
import { collectUsages } from './validation/usages.ts'
import { checkVariables } from './validation/variables.ts'

/** Errors first, then warnings, at most `MAX_ISSUES`; a definition without errors can be executed. */
export function validateDefinition(definition: WorkflowDefinition, nodeTypes: NodeTypes): Issue[] {
  const tooLarge = checkSizes(definition, nodeTypes)
  return tooLarge.length > 0 ? tooLarge : ordered(runChecks(definition, nodeTypes))
}

/** Reads and validates what a caller sent. The definition is null where there are errors; warnings do not hinder. */
export function checkDefinition(value: unknown, nodeTypes: NodeTypes): Reading {
  const { draft, issues: misfits } = readDraft(value, nodeTypes)
  if (draft === null) return { definition: null, issues: misfits }
  const gaps = new Set(misfits.map(({ path }) => path))
  const found = validateDefinition(draft, nodeTypes).filter(({ path }) => !isWithin(path, gaps))
  const issues = ordered([...misfits, ...found])
  return { definition: issues.some(({ severity }) => severity === 'error') ? null : draft, issues }
}

function runChecks(definition: WorkflowDefinition, nodeTypes: NodeTypes): Issue[] {
  return [...checkGraph(prepareSubject(definition, nodeTypes), 0), ...checkInputSchema(definition.input_schema)]
}

function checkGraph(subject: Subject, depth: number): Issue[] {
  const { usages, issues } = collectUsages(subject)
  const ancestors = subject.order === null ? null : computeAncestors(subject, subject.order)
  return [
    ...checkStructure(subject),
    ...checkConfigs(subject),
    ...issues,
    ...checkEdges(subject),
    ...checkGraphShape(subject),
    ...checkRecursion(subject),
    ...checkReferences(subject, usages, ancestors),
    ...checkLinks(subject, usages),
    ...checkNodeSchemas(subject),
    ...checkJoins(subject),
    ...checkRetries(subject),
    ...checkSettings(subject),
    ...checkSecrets(subject, usages),
    ...checkSupported(subject),
    ...checkVariables(subject, ancestors),
    ...subject.nodes.flatMap((node) => checkBody(subject, node, ancestors, depth + 1)),
  ]
}

/** A loop's body is a graph like the one around it, whose outputs it may name where they are there before the loop. */
function checkBody(outer: Subject, node: CheckedNode, ancestors: Ancestors | null, depth: number): Issue[] {
  const body = writtenBody(node.definition, outer.nodeTypes)
  if (body === null) return []
  const path = ['nodes', node.index, 'config', 'body']
  const { id } = node.definition
  if (depth > MAX_BODY_DEPTH)
    return [errorAt('TOO_LARGE', { path, nodeId: id }, `bodies within each other: at most ${MAX_BODY_DEPTH}`)]
  const issues = checkGraph(prepareSubject({ ...body }, outer.nodeTypes, { subject: outer, node, ancestors }), depth)
  return issuesWithin(issues, path, id)
}

function ordered(issues: readonly Issue[]): Issue[] {
  const bySeverity = Map.groupBy(issues, ({ severity }) => severity)
  return [...(bySeverity.get('error') ?? []), ...(bySeverity.get('warning') ?? [])].slice(0, MAX_ISSUES)
}

/** Whether a path or one above it is among those that were taken out of the draft: the finding would be about the gap. */
const isWithin = (path: string, gaps: ReadonlySet<string>): boolean =>
  gaps.has(path) || [...path.matchAll(/[.[]/g)].some(({ index }) => gaps.has(path.slice(0, index)))
