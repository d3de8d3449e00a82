// Random `join.when` expressions as trees, with a printer and an evaluator of their own: what the engine parses and judges is
// checked against what was meant.
import type { Random } from './random.ts'

export type JoinTree =
  | { readonly kind: 'source'; readonly id: string }
  | { readonly kind: 'not'; readonly operand: JoinTree }
  | { readonly kind: '&&' | '||'; readonly left: JoinTree; readonly right: JoinTree }

export function randomJoinTree(random: Random, sources: readonly string[], depth = 0): JoinTree {
  if (depth === 3 || random.chance(0.35)) return { kind: 'source', id: random.pick(sources) }
  if (random.chance(0.2)) return { kind: 'not', operand: randomJoinTree(random, sources, depth + 1) }
  const [left, right] = [randomJoinTree(random, sources, depth + 1), randomJoinTree(random, sources, depth + 1)]
  return { kind: random.pick(['&&', '||']), left, right }
}

export function printJoin(tree: JoinTree): string {
  switch (tree.kind) {
    case 'source':
      return /^[a-z]\w*$/i.test(tree.id) ? tree.id : `sources["${tree.id}"]`
    case 'not':
      return `!(${printJoin(tree.operand)})`
    default:
      return `(${printJoin(tree.left)} ${tree.kind} ${printJoin(tree.right)})`
  }
}

/** In three values: null as long as the open sources (null) can change the outcome. */
export function judgeTree(tree: JoinTree, vote: (source: string) => boolean | null): boolean | null {
  if (tree.kind === 'source') return vote(tree.id)
  if (tree.kind === 'not') {
    const operand = judgeTree(tree.operand, vote)
    return operand === null ? null : !operand
  }
  const [left, right] = [judgeTree(tree.left, vote), judgeTree(tree.right, vote)]
  const deciding = tree.kind === '||'
  if (left === deciding || right === deciding) return deciding
  return left === null || right === null ? null : !deciding
}
