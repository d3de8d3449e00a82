// Checks of what signed links lead to: `approval_url("<id>")` to an approval of the same graph or one around it, `event_url("<name>")`
// to an event that the workflow waits for. What is not written out is found at run time.
import { mayBe } from '../awaited-events.ts'
import type { Issue, NodeDefinition } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { MAX_SIGNAL_NAME_LENGTH } from '../limits.ts'
import type { NodeTypes } from '../node-type.ts'
import type { CheckedNode, Subject } from './subject.ts'
import type { Usage } from './usages.ts'

export const checkLinks = (subject: Subject, usages: readonly Usage[]): Issue[] =>
  usages.flatMap((usage) => [
    ...[...usage.expression.approvals].flatMap((id) => checkApproval(id, usage, subject)),
    ...[...usage.expression.events].flatMap((name) => checkEvent(name, usage, subject)),
  ])

function checkApproval(id: string, { place }: Usage, subject: Subject): Issue[] {
  const node = findNode(id, subject)
  if (node === undefined) {
    const message = `there is no node \`${id}\`${subject.suggest(id, subject.byId.keys())} to approve`
    return [errorAt('UNKNOWN_APPROVAL', place, message)]
  }
  const { type } = node.definition
  return type === 'approval'
    ? []
    : [errorAt('UNKNOWN_APPROVAL', place, `\`${id}\` is of type \`${type}\`: only an approval can be approved`)]
}

/** In the same graph, else in those around it. */
const findNode = (id: string, { byId, outer }: Subject): CheckedNode | undefined =>
  byId.get(id) ?? (outer === null ? undefined : findNode(id, outer.subject))

function checkEvent(name: string, { place }: Usage, subject: Subject): Issue[] {
  const { definition, nodeTypes } = outermost(subject)
  if (name.length <= MAX_SIGNAL_NAME_LENGTH && anyWaitsFor(definition.nodes, name, nodeTypes)) return []
  return [errorAt('UNKNOWN_EVENT', place, `no wait-for-event node waits for \`${name}\``)]
}

const outermost = (subject: Subject): Subject => (subject.outer === null ? subject : outermost(subject.outer.subject))

const anyWaitsFor = (nodes: readonly NodeDefinition[], name: string, nodeTypes: NodeTypes): boolean =>
  nodes.some(
    ({ type, config }) =>
      (type === 'wait-for-event' && mayBe(config.event, name)) ||
      anyWaitsFor(nodeTypes.get(type)?.body?.(config)?.nodes ?? [], name, nodeTypes),
  )
