// The variables that `set-variables` nodes assign, as far as the definition tells: the keys of their `assign`.
import { isJsonObject } from '../json.ts'
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
