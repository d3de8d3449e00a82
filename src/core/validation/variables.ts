// Warnings about variables: names that expressions cannot reach bare, and assignments whose order is left to chance.
import type { ConfigPath } from '../config-path.ts'
import type { Issue } from '../definition.ts'
import { warningAt } from '../issue.ts'
import { shadowReason } from '../reserved-names.ts'
import type { Ancestors } from './ancestors.ts'
import { type Assignment, assignmentsOf } from './assignments.ts'
import type { CheckedNode, Subject } from './subject.ts'

export function checkVariables(subject: Subject, ancestors: Ancestors | null): Issue[] {
  const { variables = {}, required_variables: required = [] } = subject.definition
  const assignments = assignmentsOf(subject)
  return [
    ...Object.keys(variables).flatMap((name) => checkName(name, ['variables', name])),
    ...required.flatMap((name, index) => (Object.hasOwn(variables, name) ? [] : checkName(name, ['required_variables', index]))),
    ...assignments.flatMap(({ name, node }) => checkName(name, assignPath(node, name), node.definition.id)),
    ...(ancestors === null ? [] : findUnordered(assignments, ancestors)),
  ]
}

function checkName(name: string, path: ConfigPath, nodeId?: string): Issue[] {
  const reason = shadowReason(name)
  if (reason === null) return []
  const message = `\`${name}\` ${reason}: expressions reach this variable as variables[${JSON.stringify(name)}]`
  return [warningAt('SHADOWED_VARIABLE', { path, nodeId }, message)]
}

/** One warning per node and name, against the first node that is neither before nor after it. */
function findUnordered(assignments: readonly Assignment[], ancestors: Ancestors): Issue[] {
  const earlier = new Map<string, CheckedNode[]>()
  return assignments.flatMap(({ name, node }) => {
    const others = earlier.get(name) ?? []
    const rival = others.find((other) => !ancestors.has(node.index, other.index) && !ancestors.has(other.index, node.index))
    others.push(node)
    earlier.set(name, others)
    return rival === undefined ? [] : [unordered(name, node, rival)]
  })
}

function unordered(name: string, node: CheckedNode, rival: CheckedNode): Issue {
  const { id } = node.definition
  const message = `\`${rival.definition.id}\` and \`${id}\` both assign \`${name}\`, and neither comes after the other: the last to finish wins`
  return warningAt('UNORDERED_ASSIGNMENT', { path: assignPath(node, name), nodeId: id }, message)
}

const assignPath = ({ index }: CheckedNode, name: string): ConfigPath => ['nodes', index, 'config', 'assign', name]
