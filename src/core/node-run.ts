// A node's run before its work: what it receives and sees.
import { givenIn } from './apply-node.ts'
import { takenEdges } from './edges.ts'
import type { EvaluationContext, Scope } from './expression.ts'
import { ExpressionError } from './expression-error.ts'
import type { GraphNode } from './graph.ts'
import { nodeInputs, soleInput } from './inputs.ts'
import { type NodeInstance, splitPath } from './instance.ts'
import type { Json } from './json.ts'
import { type NodeError, nodeError } from './node-error.ts'
import type { NodeInput } from './node-type.ts'
import { PayloadsMissing } from './payload.ts'
import { PayloadReader, PayloadUnreadable } from './payload-reader.ts'
import { buildScope, evaluationContext } from './scope.ts'
import type { ExecutionState } from './state.ts'
import type { Transition } from './transition.ts'

/** What is known of a node's run before its work: the edges its join counted, the values they carry, the names it sees. */
export interface NodeRun extends NodeInstance {
  readonly node: GraphNode
  /** Present where the join counted fewer edges than are taken: the node's first event carries it. */
  readonly takenEdges?: readonly number[]
  readonly inputs: readonly NodeInput[]
  /** `input` as expressions see it; what a node that passes its input on gives. */
  readonly input: Json
  /** Reads what arrived, and what the scope has, where it lies outside. */
  readonly payloads: PayloadReader
  readonly scope: Scope
  readonly evaluation: EvaluationContext
}

/** `given`: the in-edges that count for a node that has not begun, where these are not all that are taken. A begun one keeps its own. */
export function prepareRun(transition: Transition, instance: NodeInstance, given?: readonly number[]): NodeRun {
  const { draft } = transition
  const { path, iteration, node } = instance
  const state = transition.nodeState(instance)
  const counted = 'takenEdges' in state ? state.takenEdges : given
  // All attempts of a node see the moment at which it became ready.
  const now = state.status === 'retrying' ? state.startedAt : transition.now
  const graphRun = transition.run(iteration)
  const inputs = nodeInputs(graphRun, counted ?? takenEdges(graphRun, node))
  const input = soleInput(inputs, givenIn(draft, iteration))
  const payloads = new PayloadReader(transition.payloads)
  return {
    path,
    iteration,
    node,
    ...(counted === undefined ? {} : { takenEdges: counted }),
    inputs,
    input,
    payloads,
    scope: buildScope(draft, iteration, inputs, input),
    evaluation: {
      ...evaluationContext(draft, path, runNumber(draft, path), now, payloads),
      spentInAll: transition.spent,
      madeUpBy: transition.madeUpBy,
    },
  }
}

/** Which run of the node this is on purpose, from 1: `replay` alone makes it grow, of the node itself or of a loop around it. */
export function runNumber({ reruns }: Pick<ExecutionState, 'reruns'>, path: string): number {
  let run = 1
  for (let at = path; at !== ''; at = splitPath(at).iteration.replace(/\[\d+\]$/, '')) run += reruns[at] ?? 0
  return run
}

export const takenEdgesOf = (run: NodeRun): { readonly takenEdges?: readonly number[] } =>
  run.takenEdges === undefined ? {} : { takenEdges: run.takenEdges }

/**
 * An expression that failed is the workflow's; anything else thrown is a bug of ours, final for the node, loud in its code and
 * reported. Its text stays out of the failure: it may hold anything.
 * @param place in the node, `config.while`, where the error does not say it
 * @throws PayloadsMissing where the error is that: no node is at fault, and the shell has to load before anything is decided
 */
export function thrownError(transition: Transition, { path }: Pick<NodeInstance, 'path'>, error: unknown, place = ''): NodeError {
  const where = place === '' ? `node ${path}` : `node ${path}: ${place}`
  if (error instanceof PayloadsMissing) throw error
  const unreadable = error instanceof Error && error.cause instanceof PayloadUnreadable ? error.cause : error
  if (unreadable instanceof PayloadUnreadable) return { ...unreadable.error, message: `${where}: ${unreadable.error.message}` }
  if (error instanceof ExpressionError) return nodeError('EXPRESSION_ERROR', `${where}: ${error.message}`)
  transition.bugs.push(error)
  return nodeError('INTERNAL_ERROR', `node ${path}: a bug of Millrace ended this node; the server's log says more`)
}
