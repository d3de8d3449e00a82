// The variables that `set-variables` nodes assign, as far as the definition tells: the keys of their `assign`.
import type { NodeDefinition } from '../definition.ts'
import { isJsonObject } from '../json.ts'
import type { NodeTypes } from '../node-type.ts'
import type { CheckedNode, Subject } from './subject.ts'

export interface Assignment {
  readonly name: string
  readonly node: CheckedNode
}

/** In definition order. */
export const assignmentsOf = ({ nodes }: Subject): Assignment[] =>
  nodes.flatMap((node) => {
    const { assign } = node.definition.config
    if (node.type?.type !== 'set-variables' || !isJsonObject(assign ?? null)) return []
    return Object.keys(assign ?? {}).map((name) => ({ name, node }))
  })

/** The names that nodes assign, those in their bodies included. */
export function assignedNames(nodes: readonly NodeDefinition[], nodeTypes: NodeTypes): string[] {
  return nodes.flatMap(({ type, config }) => {
    const known = nodeTypes.get(type)
    const own = known?.type === 'set-variables' && isJsonObject(config.assign) ? Object.keys(config.assign) : []
    return [...own, ...assignedNames(known?.body?.(config)?.nodes ?? [], nodeTypes)]
  })
}
