// Holds the bodies of loops against the shape of a graph, as the workflow around them was; what does not fit is taken out.
import type { Issue, NodeDefinition } from '../definition.ts'
import { issuesWithin } from '../issue.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { NodeTypes } from '../node-type.ts'
import { checkShape } from './check-shape.ts'

interface ShapedNodes {
  readonly nodes: readonly NodeDefinition[]
  readonly issues: readonly Issue[]
}

export function checkBodyShapes(nodes: readonly NodeDefinition[], nodeTypes: NodeTypes): ShapedNodes {
  const issues: Issue[] = []
  const shaped = nodes.map((node, index) => {
    const { body } = node.config
    if (nodeTypes.get(node.type)?.body === undefined || !isJsonObject(body)) return node
    const { draft, issues: misfits } = checkShape(body)
    const inner = checkBodyShapes(draft.nodes, nodeTypes)
    issues.push(...issuesWithin([...misfits, ...inner.issues], ['nodes', index, 'config', 'body'], node.id))
    // The draft is what `body` was, less what did not fit: JSON.
    return { ...node, config: { ...node.config, body: { ...draft, nodes: inner.nodes } as unknown as JsonObject } }
  })
  return { nodes: shaped, issues }
}
