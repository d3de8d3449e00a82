// Checks of the names in expressions: outputs of nodes that exist and lie upstream, and bare names where the inputs are closed.
import type { Suggest } from '../close-name.ts'
import type { Issue } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { isJsonObject } from '../json.ts'
import { SCOPE_NAMES } from '../reserved-names.ts'
import type { Ancestors } from './ancestors.ts'
import { assignedNames } from './assignments.ts'
import type { Subject } from './subject.ts'
import type { Usage } from './usages.ts'

/** `ancestors` is null where a cycle leaves no order: then only unknown ids are found. */
export function checkReferences(subject: Subject, usages: readonly Usage[], ancestors: Ancestors | null): Issue[] {
  const closed = closedNames(subject)
  return usages.flatMap((usage) => [
    ...[...usage.expression.outputs].flatMap((id) => checkOutput(id, usage, subject, ancestors)),
    ...(closed === null ? [] : checkNames(usage, closed, subject.suggest)),
  ])
}

function checkOutput(id: string, usage: Usage, { byId, suggest, outer }: Subject, ancestors: Ancestors | null): Issue[] {
  const { node, place, afterNode } = usage
  const upstream = byId.get(id)
  if (upstream === undefined && outer !== null)
    return checkOutput(id, { ...usage, node: outer.node, afterNode: false }, outer.subject, outer.ancestors)
  if (upstream === undefined) {
    return [errorAt('UNKNOWN_OUTPUT', place, `there is no node \`${id}\`${suggest(id, byId.keys())}, so no \`outputs.${id}\``)]
  }
  if (node === undefined || ancestors === null) return []
  if (ancestors.has(node.index, upstream.index) || (afterNode && upstream === node)) return []
  const message = `\`outputs.${id}\` cannot be available here: no path of edges leads from \`${id}\` to \`${node.definition.id}\``
  return [errorAt('UNAVAILABLE_OUTPUT', place, message)]
}

function checkNames({ expression, place }: Usage, closed: ReadonlySet<string>, suggest: Suggest): Issue[] {
  return [...expression.names].flatMap((name) =>
    closed.has(name)
      ? []
      : [
          errorAt(
            'UNKNOWN_NAME',
            place,
            `there is no \`${name}\`${suggest(name, closed)}: it is no variable, and \`input_schema\` has no such input`,
          ),
        ],
  )
}

/** All bare names there can be, where `input_schema` admits no inputs but those it lists; null where inputs are open. */
function closedNames(subject: Subject): ReadonlySet<string> | null {
  if (subject.outer !== null) return closedNames(subject.outer.subject)
  const { input_schema: schema, variables = {}, required_variables: required = [] } = subject.definition
  if (schema === undefined || schema.additionalProperties !== false || schema.patternProperties !== undefined) return null
  const inputs = isJsonObject(schema.properties) ? Object.keys(schema.properties) : []
  const assigned = assignedNames(
    subject.nodes.map(({ definition }) => definition),
    subject.nodeTypes,
  )
  return new Set([...SCOPE_NAMES, 'payload', ...Object.keys(variables), ...required, ...inputs, ...assigned])
}
