// Merges patched configs into a definition. Nodes of bodies are named by their loops, `each.fetch`: a config is that of every
// iteration. Members that are given replace those of the same name, whole; all others stay.
import type { BodyDefinition, Issue, NodeDefinition, WorkflowDefinition } from './definition.ts'
import { errorAt } from './issue.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import type { NodeTypes } from './node-type.ts'

type Configs = ReadonlyMap<string, JsonObject>

export interface Patched {
  readonly definition: WorkflowDefinition
  readonly issues: readonly Issue[]
}

/** @param configs by node path without iterations */
export function patchDefinition(definition: WorkflowDefinition, configs: Configs, nodeTypes: NodeTypes): Patched {
  const patching = { configs, nodeTypes, found: new Set<string>() }
  const patched = { ...definition, ...patchBody(definition, '', patching) }
  const unknown = [...configs.keys()].filter((path) => !patching.found.has(path))
  return { definition: patched, issues: unknown.map(unknownNode) }
}

function unknownNode(path: string): Issue {
  const hint = path.includes('[') ? `; a config is that of every iteration: \`${path.replace(/\[\d+\]/g, '')}\`` : ''
  return errorAt(
    'UNKNOWN_NODE',
    { path: ['patch', path, 'config'] },
    `there is no node ${path} whose config could be patched${hint}`,
  )
}

interface Patching {
  readonly configs: Configs
  readonly nodeTypes: NodeTypes
  /** Paths of the nodes that there are. */
  readonly found: Set<string>
}

function patchBody({ nodes, edges }: BodyDefinition, prefix: string, patching: Patching): BodyDefinition {
  return { nodes: nodes.map((node) => patchNode(node, prefix + node.id, patching)), edges }
}

function patchNode(node: NodeDefinition, path: string, patching: Patching): NodeDefinition {
  const { configs, nodeTypes, found } = patching
  const given = configs.get(path)
  if (given !== undefined) found.add(path)
  const config = given === undefined ? node.config : { ...node.config, ...given }
  const { body } = config
  if (nodeTypes.get(node.type)?.body === undefined || !isBody(body)) return given === undefined ? node : { ...node, config }
  // A body of canonical nodes is JSON, whatever its type says about unknown keys.
  const patched = patchBody(body, `${path}.`, patching) as unknown as JsonObject
  return { ...node, config: { ...config, body: { ...(config.body as JsonObject), ...patched } } }
}

/** Of a canonical definition; what a patch has put there instead is for the reader to refuse. */
const isBody = (value: unknown): value is BodyDefinition =>
  isJsonObject(value) &&
  Array.isArray(value.nodes) &&
  value.nodes.every((node: unknown) => isJsonObject(node) && typeof node.id === 'string' && isJsonObject(node.config)) &&
  Array.isArray(value.edges)
