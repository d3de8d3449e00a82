// What differs between two definitions in a way that makes a node's work another: its type, its config, its join, its incoming edges.
import { edgeKey, type Graph, type GraphNode } from './graph.ts'
import { canonicalJson, type JsonObject } from './json.ts'

export interface Changes {
  /** Ids of nodes that are new, or work otherwise. */
  readonly nodes: ReadonlySet<string>
  /** By id of a loop that is the same itself: what differs in its body. */
  readonly bodies: ReadonlyMap<string, Changes>
}

export function findChanges(before: Graph, after: Graph): Changes {
  const nodes = new Set<string>()
  const bodies = new Map<string, Changes>()
  for (const node of after.nodes.values()) {
    const old = before.nodes.get(node.id)
    if (old === undefined || meaningOf(old) !== meaningOf(node)) {
      nodes.add(node.id)
      continue
    }
    if (old.body === null || node.body === null) continue
    const changes = findChanges(old.body, node.body)
    if (changes.nodes.size + changes.bodies.size > 0) bodies.set(node.id, changes)
  }
  return { nodes, bodies }
}

function meaningOf({ definition, incoming, body }: GraphNode): string {
  const { type, config, join = 'all', cancel_rest = false, disabled = false } = definition
  const { body: own, ...rest } = config
  // The body of a loop is compared node by node, where it stands in the config.
  const compared: JsonObject = body === null || own === undefined ? config : rest
  const edges = incoming.map(edgeKey)
  return canonicalJson({ type, config: compared, join: canonicalJson(joinJson(join)), cancel_rest, disabled, edges })
}

const joinJson = (join: NonNullable<GraphNode['definition']['join']>): JsonObject =>
  join === 'all' ? { all: true } : { ...join }
