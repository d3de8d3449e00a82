// Merges patched configs into a definition. Nodes of bodies are named by their loops, `each.fetch`: a config is that of every
// iteration. Members that are given replace those of the same name, whole; all others stay.
import type { BodyDefinition, Issue, NodeDefinition, WorkflowDefinition } from './definition.ts'
import { errorAt } from './issue.ts'
import { isJsonObject, type JsonObject } from './json.ts'

type Configs = ReadonlyMap<string, JsonObject>

export interface Patched {
  readonly definition: WorkflowDefinition
  readonly issues: readonly Issue[]
}

/** @param configs by node path without iterations */
export function patchDefinition(definition: WorkflowDefinition, configs: Configs): Patched {
  const found = new Set<string>()
  const patched = { ...definition, ...patchBody(definition, '', configs, found) }
  const unknown = [...configs.keys()].filter((path) => !found.has(path))
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

function patchBody({ nodes, edges }: BodyDefinition, prefix: string, configs: Configs, found: Set<string>): BodyDefinition {
  return { nodes: nodes.map((node) => patchNode(node, prefix + node.id, configs, found)), edges }
}

function patchNode(node: NodeDefinition, path: string, configs: Configs, found: Set<string>): NodeDefinition {
  const given = configs.get(path)
  if (given !== undefined) found.add(path)
  const config = given === undefined ? node.config : { ...node.config, ...given }
  const { body } = config
  if (!isBody(body)) return given === undefined ? node : { ...node, config }
  // A body of canonical nodes is JSON, whatever its type says about unknown keys.
  const patched = patchBody(body, `${path}.`, configs, found) as unknown as JsonObject
  return { ...node, config: { ...config, body: { ...(config.body as JsonObject), ...patched } } }
}

/** Of a canonical definition; what a patch has put there instead is for the reader to refuse. */
const isBody = (value: unknown): value is BodyDefinition =>
  isJsonObject(value) &&
  Array.isArray(value.nodes) &&
  value.nodes.every((node: unknown) => isJsonObject(node) && typeof node.id === 'string' && isJsonObject(node.config)) &&
  Array.isArray(value.edges)
