// A node's run before its work: what it receives and sees.
import { takenEdges } from './edges.ts'
import type { EvaluationContext, Scope } from './expression.ts'
import { ExpressionError } from './expression-error.ts'
import type { GraphNode } from './graph.ts'
import { nodeInputs } from './inputs.ts'
import { type NodeError, nodeError } from './node-error.ts'
import type { NodeInput } from './node-type.ts'
import { buildScope, evaluationContext } from './scope.ts'
import type { Transition } from './transition.ts'

/** What is known of a node's run before its work: the edges its join counted, the values they carry, the names it sees. */
export interface NodeRun {
  readonly node: GraphNode
  /** Present where the join counted fewer edges than are taken: the node's first event carries it. */
  readonly takenEdges?: readonly number[]
  readonly inputs: readonly NodeInput[]
  readonly scope: Scope
  readonly evaluation: EvaluationContext
}

export function prepareRun(transition: Transition, node: GraphNode, counted?: readonly number[]): NodeRun {
  const { draft } = transition
  const state = transition.nodeState(node.id)
  // All attempts of a node see the moment at which it became ready.
  const now = state.status === 'retrying' ? state.startedAt : transition.now
  const inputs = nodeInputs(draft, counted ?? takenEdges(draft, node))
  return {
    node,
    ...(counted === undefined ? {} : { takenEdges: counted }),
    inputs,
    scope: buildScope(draft, inputs),
    evaluation: evaluationContext(draft, node.id, draft.epoch, now),
  }
}

export const takenEdgesOf = (run: NodeRun): { readonly takenEdges?: readonly number[] } =>
  run.takenEdges === undefined ? {} : { takenEdges: run.takenEdges }

/**
 * An expression that failed is the workflow's; anything else thrown is a bug of ours, final for the node, loud in its code and
 * reported. Its text stays out of the failure: it may hold anything.
 */
export function thrownError(transition: Transition, node: GraphNode, error: unknown): NodeError {
  if (error instanceof ExpressionError) return nodeError('EXPRESSION_ERROR', `node ${node.id}: ${error.message}`)
  transition.bugs.push(error)
  return nodeError('INTERNAL_ERROR', `node ${node.id}: a bug of Millrace ended this node; the server's log says more`)
}
