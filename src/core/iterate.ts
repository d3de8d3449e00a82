// Carries loops on: begins iterations, ends them, and ends the loop. Called by `advance` alone.
import { itemsIn, iterationCount, iterationGraph, openIterationsOf } from './apply-iteration.ts'
import { containBugs } from './contain-bugs.ts'
import { loopAt } from './draft.ts'
import type { ShardRange } from './event.ts'
import { parseExpression } from './expression.ts'
import { rootsOf } from './graph.ts'
import { instanceOf, iterationPath, mustInstance, mustIteration, type NodeInstance } from './instance.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { MAX_NODE_INSTANCES, MAX_SHARDS_AT_ONCE } from './limits.ts'
import { type NodeError, nodeError } from './node-error.ts'
import { prepareRun, thrownError } from './node-run.ts'
import { completeLoop, routeFailure } from './settle-node.ts'
import type { Loop } from './state.ts'
import type { Transition } from './transition.ts'

/** Ends an iteration that has come to its end or has failed; false where it goes on. */
export function endIterationIfOver(transition: Transition, path: string): boolean {
  const { owner, index, phase, failure, unsettled } = mustIteration(transition.draft, path)
  if (phase !== 'open' || (failure === null && unsettled > 0)) return false
  const ended = { node: owner, index, ...rangeOf(loopAt(transition.draft, mustInstance(transition.draft, owner)).loop, index) }
  if (failure === null) transition.emit({ type: 'iteration.completed', ...ended })
  else transition.emit({ type: 'iteration.failed', ...ended, error: failure.error, failedNode: failure.node })
  return true
}

/** Begins what may begin of a loop, or ends it. Answers the nodes that are ready in new iterations. */
export function iterate(transition: Transition, instance: NodeInstance): readonly NodeInstance[] {
  const begun: NodeInstance[] = []
  containBugs(transition, instance, () => {
    for (let path = next(transition, instance); path !== null; path = next(transition, instance))
      for (const node of rootsOf(transition.run(path).graph)) begun.push(instanceOf(path, node))
  })
  return begun
}

/** Begins one iteration and answers its path; null where none may begin now. Ends the loop where it is over. */
function next(transition: Transition, instance: NodeInstance): string | null {
  const state = transition.nodeState(instance)
  if (state.status !== 'iterating') return null
  const { loop } = state
  if (loop.failure !== null && (loop.kind === 'while' || loop.onItemError === 'fail')) {
    failLoop(transition, instance, loop, itemError(loop, loop.failure))
    return null
  }
  const open = openCount(loop)
  if (open >= mostAtOnce(loop)) return null
  if (loop.kind === 'each' && loop.started === iterationCount(loop)) {
    if (open === 0) completeLoop(transition, prepareRun(transition, instance), loop)
    return null
  }
  if (transition.draft.paused !== null || transition.isFailing(instance.iteration) || !transition.hasRoom()) return null
  return mayBegin(transition, instance, loop) ? begin(transition, instance, loop) : null
}

function mostAtOnce(loop: Loop): number {
  if (loop.kind === 'while') return 1
  return loop.shardSize === undefined ? loop.concurrency : Math.min(loop.concurrency, MAX_SHARDS_AT_ONCE)
}

const openCount = ({ started, completed, failed, cancelled }: Loop): number => started - completed - failed - cancelled

function begin(transition: Transition, { path }: NodeInstance, loop: Loop): string | null {
  if (!transition.step()) return null
  const index = loop.started
  transition.emit({ type: 'iteration.started', node: path, index, ...rangeOf(loop, index) })
  return iterationPath(path, index)
}

/** The items that an iteration stands for, where these are a shard's. */
function rangeOf(loop: Loop, index: number): { readonly shard?: ShardRange } {
  if (loop.kind === 'while' || loop.shardSize === undefined) return {}
  const first = index * loop.shardSize
  return { shard: { first, last: first + itemsIn(loop, index) - 1 } }
}

/** Whether another iteration may begin; a loop that has come to its end or its limit is ended. */
function mayBegin(transition: Transition, instance: NodeInstance, loop: Loop): boolean {
  if (loop.kind === 'while') {
    const goesOn = evaluateWhile(transition, instance, loop)
    if (goesOn === 'end') return false
    if (goesOn !== 'round') {
      failLoop(transition, instance, loop, goesOn)
      return false
    }
  }
  const { instances, iterations } = transition.draft
  const more = 1 + (iterationGraph(instance.node, loop)?.nodes.size ?? 0)
  if (instances + iterations.size + more <= MAX_NODE_INSTANCES) return true
  const message = `node ${instance.path}: all iterations of an execution and their nodes are at most ${MAX_NODE_INSTANCES}; a workflow of its own for each item has no such limit`
  failLoop(transition, instance, loop, nodeError('LOOP_LIMIT', message))
  return false
}

type WhileLoop = Extract<Loop, { readonly kind: 'while' }>

/** Checks `while`, before each round. */
function evaluateWhile(transition: Transition, instance: NodeInstance, loop: WhileLoop): 'round' | 'end' | NodeError {
  const run = prepareRun(transition, instance)
  const condition = String(run.node.definition.config.while)
  let holds: Json
  try {
    holds = parseExpression(condition).evaluate({ ...run.scope, state: loop.state, iteration: loop.started }, run.evaluation)
  } catch (error) {
    return thrownError(transition, run, error, 'config.while')
  }
  if (typeof holds !== 'boolean')
    return nodeError('EXPRESSION_ERROR', `node ${run.path}: config.while: \`${condition}\` gives no boolean`)
  if (!holds) {
    completeLoop(transition, run, loop)
    return 'end'
  }
  if (loop.started < loop.maxIterations) return 'round'
  const message = `node ${run.path}: \`while\` still holds after ${loop.maxIterations} iterations`
  return nodeError('LOOP_LIMIT', message, { cause: { iterations: loop.started } })
}

/** Ends what is under way in it, then fails. */
function failLoop(transition: Transition, instance: NodeInstance, loop: Loop, error: NodeError): void {
  for (const { index } of [...openIterationsOf(transition.draft, instance.path, loop)])
    transition.emit({ type: 'iteration.cancelled', node: instance.path, index, ...rangeOf(loop, index) })
  routeFailure(transition, prepareRun(transition, instance), error)
}

/** The item's own error, and where it was. What may be tried again was, by the nodes of the body. A shard has told where. */
function itemError(loop: Loop, { index, node, error }: NonNullable<Loop['failure']>): NodeError {
  if (loop.kind === 'each' && loop.shardSize !== undefined) return { ...error, retryable: false }
  const offset = loop.kind === 'each' ? (loop.offset ?? 0) : 0
  const whole = offset === 0 ? node : node.replace(`[${index}]`, `[${index + offset}]`)
  return { ...error, retryable: false, cause: { ...innerCause(error.cause), index: index + offset, node: whole } }
}

/** Members of the error's own cause; one of a loop inside, which tells a place too, stays whole. */
function innerCause(cause: Json | undefined): JsonObject {
  if (cause === undefined) return {}
  return isJsonObject(cause) && !('index' in cause) ? cause : { cause }
}
