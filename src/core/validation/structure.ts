// Checks of what is there at all: nodes, ids, types.
import type { Issue, WorkflowDefinition } from '../definition.ts'
import { errorAt } from '../issue.ts'
import type { CheckedNode, Subject } from './subject.ts'

const ID = /^[A-Za-z0-9_-]{1,64}$/
export const ID_RULE = '1 to 64 letters, digits, `_` and `-`, and not `__proto__`'

/** Path segments of the API below `/workflows/`. */
const RESERVED_WORKFLOW_IDS = new Set(['executions', 'validate', 'versions', 'test', 'export', 'import'])

export function checkStructure(subject: Subject): Issue[] {
  const { definition, nodes, outer } = subject
  const what = outer === null ? 'a workflow' : 'a body'
  return [
    ...checkWorkflowId(definition),
    ...(nodes.length === 0 ? [errorAt('NO_NODES', { path: ['nodes'] }, `${what} needs at least one node`)] : []),
    ...nodes.flatMap((node) => [...checkId(node, subject), ...checkType(node, subject)]),
  ]
}

function checkWorkflowId({ workflow_id: id }: WorkflowDefinition): Issue[] {
  if (id === undefined) return []
  const place = { path: ['workflow_id'] }
  if (!isId(id)) return [errorAt('BAD_ID', place, `the workflow id ${quote(id)} is not ${ID_RULE}`)]
  return RESERVED_WORKFLOW_IDS.has(id) ? [errorAt('BAD_ID', place, `the workflow id \`${id}\` is reserved for the API`)] : []
}

function checkId(node: CheckedNode, { byId }: Subject): Issue[] {
  const { id } = node.definition
  const place = { path: ['nodes', node.index, 'id'], nodeId: id }
  if (!isId(id)) return [errorAt('BAD_ID', place, `the node id ${quote(id)} is not ${ID_RULE}`)]
  const first = byId.get(id)
  if (first === undefined || first === node) return []
  return [errorAt('DUPLICATE_ID', place, `the node id \`${id}\` is used by nodes[${first.index}] already`)]
}

function checkType({ index, definition, type }: CheckedNode, { nodeTypes, suggest }: Subject): Issue[] {
  if (type !== undefined && type.internal !== true) return []
  const place = { path: ['nodes', index, 'type'], nodeId: definition.id }
  if (nodeTypes.notSupported.has(definition.type)) {
    return [errorAt('NOT_SUPPORTED', place, `the node type \`${definition.type}\` is not supported by this version`)]
  }
  const known = nodeTypes.all.flatMap((known) => [known.type, ...known.aliases])
  const message = `unknown node type ${quote(definition.type)}${suggest(definition.type, [...known, ...nodeTypes.notSupported])}`
  return [errorAt('UNKNOWN_TYPE', place, message)]
}

export const isId = (id: string): boolean => ID.test(id) && id !== '__proto__'

/** Foreign text in a message: cut, since it may be anything. */
const quote = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
