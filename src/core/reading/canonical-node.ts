// A node as callers write it, made canonical: `data` as `config`, aliases resolved, a missing type inferred.
import { isJsonObject, type Json } from '../json.ts'
import type { NodeTypes } from '../node-type.ts'
import { canonicalEdge } from './canonical-edge.ts'
import { renamed, withoutNulls, withTextIds } from './members.ts'

/** `pin` is not among them: null is an output that a dry run may use. */
const OPTIONAL_MEMBERS = [
  'id',
  'type',
  'config',
  'data',
  'retry',
  'timeout_seconds',
  'on_error',
  'join',
  'cancel_rest',
  'at_most_once',
  'disabled',
  'label',
  'breaker',
]

const RETRY_MEMBERS = [
  'strategy',
  'max_attempts',
  'initial_delay_ms',
  'max_delay_ms',
  'multiplier',
  'jitter',
  'retry_on',
  'give_up_on',
  'max_elapsed_seconds',
]

/** What is no object stays as it is; the shape check reports it. */
function canonicalNode(raw: Json, nodeTypes: NodeTypes): Json {
  if (!isJsonObject(raw)) return raw
  const node = renamed(withTextIds(withoutNulls(raw, OPTIONAL_MEMBERS), ['id']), 'data', 'config')
  const config = node.config ?? {}
  const type = canonicalType(node.type ?? inferType(config), nodeTypes)
  const hasBody = typeof type === 'string' && nodeTypes.get(type)?.body !== undefined
  return {
    ...node,
    config: hasBody ? withCanonicalBody(config, nodeTypes) : config,
    ...(type === undefined ? {} : { type }),
    ...(node.retry === undefined ? {} : { retry: canonicalRetry(node.retry) }),
    ...(node.join === undefined ? {} : { join: canonicalJoin(node.join) }),
  }
}

/** A loop's body is read as the workflow around it. */
function withCanonicalBody(config: Json, nodeTypes: NodeTypes): Json {
  if (!isJsonObject(config) || !isJsonObject(config.body)) return config
  const { nodes = [], edges = [] } = config.body
  return { ...config, body: { ...config.body, nodes: canonicalNodes(nodes, nodeTypes), edges: canonicalEdges(edges) } }
}

/** A list of nodes; `{ greet: { … } }` is read as `[{ id: "greet", … }]`. */
export function canonicalNodes(nodes: Json, nodeTypes: NodeTypes): Json {
  const listed = isJsonObject(nodes)
    ? Object.entries(nodes).map(([id, node]) => (isJsonObject(node) ? { ...node, id: node.id ?? id } : node))
    : nodes
  return Array.isArray(listed) ? listed.map((node: Json) => canonicalNode(node, nodeTypes)) : listed
}

export const canonicalEdges = (edges: Json): Json => (Array.isArray(edges) ? edges.map(canonicalEdge) : edges)

export const canonicalRetry = (retry: Json): Json => (isJsonObject(retry) ? withoutNulls(retry, RETRY_MEMBERS) : retry)

const canonicalType = (type: Json | undefined, nodeTypes: NodeTypes): Json | undefined =>
  typeof type === 'string' ? (nodeTypes.get(type)?.type ?? type) : type

function inferType(config: Json): string | undefined {
  if (!isJsonObject(config)) return undefined
  if (config.value !== undefined) return 'value'
  return config.op === undefined ? undefined : 'operation'
}

const canonicalJoin = (join: Json): Json => (join === 'any' ? { count: 1 } : join)
