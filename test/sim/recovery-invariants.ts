// What must hold where an execution that has ended goes on (§5): what failed or was cancelled runs again, what succeeded stays.
import type { NodeState } from '../../src/core/state.ts'
import { findDifference } from './find-difference.ts'
import { around, idOf, isInside, iterationOf, ownerOf, shapeOf } from './instances.ts'
import { loopOf, stateAt } from './loop-oracle.ts'
import { type CheckedStep, first, type Invariant } from './step.ts'

/** What a recovered execution runs again did not succeed; what did stays as it was, but for what is in loops that begin anew. */
export const recoveryRerunsWhatDidNotSucceed: Invariant = (step) => {
  const { decision, nodesBefore, after, before } = step
  const recovered = decision.events.find(({ type }) => type === 'execution.recovered')
  if (recovered?.type !== 'execution.recovered') return null
  if (after.epoch !== (before?.epoch ?? 0) + 1) return `epoch ${after.epoch}`
  const { rerun, reopened = [] } = recovered
  const wrong = rerun.find((path) => isSuccess(nodesBefore.get(path)))
  if (wrong !== undefined) return `${wrong} runs again, and was ${nodesBefore.get(wrong)?.status}`
  const goesOn = (path: string) =>
    [...rerun, ...reopened].some((other) => other === path || isInside(other, path)) ||
    rerun.some((other) => isInside(path, other))
  return first(nodesBefore, ([path, node]) => {
    if (goesOn(path)) return null
    if (isSuccess(node)) {
      const difference = findDifference(stateAt(after, path), node)
      return difference === null ? null : `${path} had succeeded${difference}`
    }
    return node.status === 'skipped' || isWantedNoMore(step, path) ? null : `${path} was ${node.status}, and does not run again`
  })
}

/** A failure that was caught is no less an end. */
const isSuccess = (node: NodeState | undefined): boolean =>
  node === undefined || node.status === 'completed' || (node.status === 'failed' && node.route !== 'execution')

/** It served a join that has decided, or is in a loop that is done with it: that has ended, or goes on without the item that failed. */
const isWantedNoMore = (step: CheckedStep, path: string): boolean =>
  isServed(step, path) ||
  around(path).some((iteration) => {
    const { owner } = ownerOf(iteration)
    const node = step.nodesBefore.get(owner)
    const loop = loopOf(node)
    const phase = step.iterationsBefore.get(iteration)?.phase
    const isPassedOver = phase === 'failed' && loop?.kind === 'each' && loop.onItemError !== 'fail'
    return isSuccess(node) || isPassedOver || isServed(step, owner)
  })

function isServed({ nodesBefore, workflow }: CheckedStep, path: string): boolean {
  const iteration = iterationOf(path)
  return [...workflow.rests].some(([join, rest]) => {
    if (!rest.has(shapeOf(path))) return false
    const node = nodesBefore.get(iteration === '' ? join : `${iteration}.${idOf(join)}`)
    return node !== undefined && node.status !== 'pending'
  })
}
