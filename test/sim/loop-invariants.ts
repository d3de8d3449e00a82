// What must hold of loops and their iterations after every decision, said a second time as the specification says it (§4).
import type { Json } from '../../src/core/json.ts'
import type { ExecutionState, Loop } from '../../src/core/state.ts'
import { findDifference } from './find-difference.ts'
import { type Instance, isRunOver, iterationOf, iterationsOf, ownerOf } from './instances.ts'
import { loopOf, resultOf, resultsOf, seenFrom, stateAt } from './loop-oracle.ts'
import { WHILES } from './meanings.ts'
import { ITEM_PROBE, STATE_PROBE } from './random-config.ts'
import { type CheckedStep, first, firstChanged, type Invariant, isGoingOn } from './step.ts'

const loopsIn = (instances: readonly Instance[]): readonly (readonly [Instance, Loop])[] =>
  instances.flatMap((instance) => {
    const loop = loopOf(instance.state)
    return loop === null ? [] : [[instance, loop] as const]
  })

const countOf = (state: ExecutionState, owner: string, phase: string): number =>
  iterationsOf(state, owner).filter(([, iteration]) => iteration.phase === phase).length

/** No more iterations are open than may be; no fewer, unless the loop is not going on or its items are used up. */
export const concurrencyIsKept: Invariant = (step) =>
  first(loopsIn(step.instances), ([{ path, iteration, state }, loop]) => {
    const open = countOf(step.after, path, 'open')
    const limit = loop.kind === 'each' ? loop.concurrency : 1
    // What a replay takes back goes on at once; others wait until there is room again.
    const begins = step.decision.events.some((event) => event.type === 'iteration.started' && event.node === path)
    if (open > limit && (step.after.epoch === 1 || begins)) return `${open} iterations of ${path} are open, of ${limit}`
    if (state.status !== 'iterating') return open === 0 ? null : `${open} iterations of ${path}, which is ${state.status}`
    if (!isGoingOn(step) || isRunOver(step.after, iteration)) return null
    const left = loop.kind === 'each' ? loop.items.length - loop.started : 1
    const wanted = loop.kind === 'each' ? Math.min(Math.max(limit, open), open + left) : 1
    return open === wanted ? null : `${open} iterations of ${path} are open, and ${wanted} may be`
  })

/** The iterations of a loop are numbered without a gap, and its counters count them. */
export const loopsCountTheirIterations: Invariant = ({ instances, after }) =>
  first(loopsIn(instances), ([{ path }, loop]) => {
    const indexes = iterationsOf(after, path).map(([, { index }]) => index)
    if (indexes.some((index, rank) => index !== rank)) return `${path} has iterations ${indexes.join(', ')}`
    const counted = {
      started: indexes.length,
      completed: countOf(after, path, 'completed'),
      failed: countOf(after, path, 'failed'),
      cancelled: countOf(after, path, 'cancelled'),
    }
    const { started, completed, failed, cancelled } = loop
    const difference = findDifference({ started, completed, failed, cancelled }, counted)
    return difference === null ? null : `${path}${difference}`
  })

/** A for-each that completed gives its results in the order of its items, each of them, null or nothing for those that failed. */
export const forEachGivesItsResultsInOrder: Invariant = (step) =>
  firstChanged(step, ({ path, state }) => {
    const loop = loopOf(state)
    if (state.status !== 'completed' || loop?.kind !== 'each') return null
    if (loop.started !== loop.items.length) return `${path} completed after ${loop.started} of ${loop.items.length} items`
    if (loop.onItemError === 'fail' && loop.completed < loop.started) return `${path} completed, although an item failed`
    const difference = findDifference(state.output, resultsOf(step.after, path, loop))
    return difference === null ? null : `${path}${difference}`
  })

/** The state of a `loop` is what its last round gave; it goes on while `while` holds, and no further than it may. */
export const loopStatesAreAChain: Invariant = (step) =>
  firstChanged(step, ({ path, node, state }) => {
    const loop = loopOf(state)
    if (loop?.kind !== 'while') return null
    const completed = iterationsOf(step.after, path).filter(([, { phase }]) => phase === 'completed')
    const last = completed.at(-1)
    const difference = findDifference(loop.state, last === undefined ? loop.initial : resultOf(last[1]))
    if (difference !== null) return `the state of ${path}${difference}`
    if (loop.started > loop.maxIterations) return `${path} has begun ${loop.started} rounds of ${loop.maxIterations}`
    const holds = meaningOf(node.definition.config.while)?.(loop.started, loop.state)
    const isOwnFailure = countOf(step.after, path, 'failed') === 0
    if (state.status === 'failed' && state.error.code === 'LOOP_LIMIT' && isOwnFailure)
      return holds === true && loop.started === loop.maxIterations ? null : `${path} is at its limit after ${loop.started} rounds`
    if (state.status !== 'completed') return null
    if (holds !== false) return `${path} ended after ${loop.started} rounds`
    const given = findDifference(state.output, loop.state)
    return given === null ? null : `the output of ${path}${given}`
  })

/** Those of the largest loops say a number of rounds. */
function meaningOf(condition: unknown): ((iteration: number, state: Json) => boolean | null) | undefined {
  const rounds = /^iteration < (\d+)$/.exec(String(condition))?.[1]
  return rounds === undefined ? WHILES[String(condition)] : (iteration) => iteration < Number(rounds)
}

/** No round of a `loop` begins unless `while` holds. */
export const roundsBeginWhileItHolds: Invariant = ({ decision, after }) =>
  first(decision.events, (event) => {
    if (event.type !== 'iteration.started') return null
    const owner = after.iterations.get(`${event.node}[${event.index}]`)?.graph === undefined ? null : stateAt(after, event.node)
    const loop = loopOf(owner ?? undefined)
    if (loop?.kind !== 'while') return null
    const { index, node } = event
    const before = after.iterations.get(`${node}[${index - 1}]`)
    const state = index === 0 || before === undefined ? loop.initial : resultOf(before)
    const body = iterationOf(node)
    const config = (body === '' ? after : after.iterations.get(body))?.graph.nodes.get(node.slice(node.lastIndexOf('.') + 1))
      ?.definition.config
    return meaningOf(config?.while)?.(index, state) === true ? null : `round ${index} of ${node} began`
  })

/** A failure in a body fails its iteration with it, and, where that says so, the loop. */
export const itemErrorsAreTheLoops: Invariant = (step) =>
  firstChanged(step, ({ path, state }) => {
    const loop = loopOf(state)
    if (loop === null || state.status === 'pending') return null
    const failed = iterationsOf(step.after, path).filter(([, { phase }]) => phase === 'failed')
    for (const [iteration, { failure }] of failed) if (failure === null) return `${iteration} failed without a failure`
    const goesUp = failed.length > 0 && (loop.kind === 'while' || loop.onItemError === 'fail')
    if (goesUp && (state.status === 'iterating' || state.status === 'completed'))
      return `${path} is ${state.status}, and an item failed`
    if (state.status !== 'failed' || !goesUp || state.error.code === 'EXPRESSION_ERROR') return null
    const { cause } = state.error
    const [index, node] = typeof cause === 'object' && cause !== null && 'index' in cause ? [cause.index, cause.node] : []
    const item = step.after.iterations.get(`${path}[${index}]`)?.failure
    return item?.node === node && item?.error.code === state.error.code
      ? null
      : `the failure of ${path} is not that of item ${index}`
  })

/** Nodes see the item and the number, or the state and the round, of the nearest loops around them. */
export const bodiesSeeTheirIteration: Invariant = (step) =>
  firstChanged(step, ({ path, node: { definition }, state }) => {
    if (state.status !== 'completed' || definition.type !== 'value' || definition.disabled === true) return null
    const { value } = definition.config
    const kind = isProbe(value, ITEM_PROBE) ? 'each' : isProbe(value, STATE_PROBE) ? 'while' : null
    const difference = kind === null ? null : findDifference(state.output, seenFrom(step.after, path, kind))
    return difference === null ? null : `${path} saw${difference}`
  })

const isProbe = (value: unknown, probe: unknown): boolean => JSON.stringify(value) === JSON.stringify(probe)

/** An iteration ends with its loop, and nothing in it outlives it. */
export const nothingOutlivesItsLoop: Invariant = ({ after }: CheckedStep) =>
  first(after.iterations, ([path, { phase, endedAt }]) => {
    const owner = stateAt(after, ownerOf(path).owner)
    if (phase === 'open' && owner?.status !== 'iterating') return `${path} is open, and its loop ${owner?.status}`
    return (phase === 'open') === (endedAt === null) ? null : `${path} is ${phase} and ended at ${endedAt}`
  })
