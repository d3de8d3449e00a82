// When a node with several sources runs. A join counts sources, not edges: a source votes once, taken if any of its edges is.
// It decides once per run, as soon as the outcome cannot change.
import type { Join } from './definition.ts'
import { edgeState, takenEdges } from './edges.ts'
import type { GraphNode } from './graph.ts'
import { evaluateJoin, parseJoinExpression } from './join-expression.ts'
import type { GraphRun } from './state.ts'

export type Verdict =
  | { readonly kind: 'open' }
  | { readonly kind: 'skip' }
  /** `takenEdges` only where the join counts fewer than all that are taken. */
  | { readonly kind: 'run'; readonly takenEdges?: readonly number[] }

const OPEN: Verdict = { kind: 'open' }
const SKIP: Verdict = { kind: 'skip' }
const RUN: Verdict = { kind: 'run' }

type Votes = ReadonlyMap<string, 'taken' | 'dead' | 'open'>

/** Each source's vote, in definition order of edges. Open only while the source is not settled. */
function collectVotes(state: Pick<GraphRun, 'nodes'>, node: GraphNode): Votes {
  const votes = new Map<string, 'taken' | 'dead' | 'open'>()
  for (const edge of node.incoming) {
    const vote = edgeState(state, edge)
    if (votes.get(edge.from) !== 'taken') votes.set(edge.from, vote)
  }
  return votes
}

/**
 * Judges a pending node. `earlier` tells whether a source was settled before this transaction: those count first, the others
 * in edge order.
 */
export function judgeJoin(state: Pick<GraphRun, 'nodes'>, node: GraphNode, earlier: (source: string) => boolean): Verdict {
  if (node.incoming.length === 0) return RUN
  const join: Join = node.definition.join ?? 'all'
  const votes = collectVotes(state, node)
  if (join === 'all') return judgeAll(votes)
  return 'count' in join ? judgeCount(state, node, votes, join.count, earlier) : judgeWhen(state, node, votes, join.when)
}

function judgeAll(votes: Votes): Verdict {
  let taken = false
  for (const vote of votes.values()) {
    if (vote === 'open') return OPEN
    if (vote === 'taken') taken = true
  }
  return taken ? RUN : SKIP
}

function judgeCount(
  state: Pick<GraphRun, 'nodes'>,
  node: GraphNode,
  votes: Votes,
  count: number,
  earlier: (source: string) => boolean,
): Verdict {
  const taken = node.sources.filter((source) => votes.get(source) === 'taken')
  const open = node.sources.filter((source) => votes.get(source) === 'open').length
  if (taken.length < count) return taken.length + open < count ? SKIP : OPEN
  const counted = new Set([...taken.filter(earlier), ...taken.filter((source) => !earlier(source))].slice(0, count))
  const edges = node.incoming.filter((edge) => counted.has(edge.from) && edgeState(state, edge) === 'taken')
  return { kind: 'run', takenEdges: edges.map((edge) => edge.index) }
}

function judgeWhen(state: Pick<GraphRun, 'nodes'>, node: GraphNode, votes: Votes, when: string): Verdict {
  const outcome = evaluateJoin(parseJoinExpression(when), (source) => {
    const vote = votes.get(source)
    return vote === 'taken' ? true : vote === 'dead' ? false : null
  })
  if (outcome === null) return OPEN
  // What is still open may settle in the wave that is being judged: it does not count.
  return outcome ? { kind: 'run', takenEdges: takenEdges(state, node) } : SKIP
}
