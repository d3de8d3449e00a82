// Counters that the state carries, against what can be counted from it.
import { jsonLength } from '../../src/core/json.ts'
import { isOver, runsOf } from './instances.ts'
import { loopOf } from './loop-oracle.ts'
import { first, type Invariant } from './step.ts'

/** Every run counts its nodes that are not settled. */
export const unsettledIsCounted: Invariant = ({ after }) =>
  first(runsOf(after), ([path, { nodes, unsettled }]) => {
    const counted = [...nodes.values()].filter((node) => !isOver(node)).length
    return counted === unsettled ? null : `${path}: ${unsettled}, and there are ${counted}`
  })

export const instancesAreCounted: Invariant = ({ after, instances }) => {
  const counted = instances.filter(({ iteration }) => iteration !== '').length
  return after.instances === counted ? null : `${after.instances}, and there are ${counted}`
}

/** Outputs, assignments, failures, kept signals and answers, configs and waits under way and lists of loops, in characters of JSON; what a loop gives is kept by its iterations. */
export const keptCharactersAreCounted: Invariant = ({ after, instances, decision }) => {
  if (decision.events.length === 0) return null
  const signals = after.signals.reduce((sum, { payload }) => sum + jsonLength(payload), 0)
  if (signals !== after.signalCharacters) return `${after.signalCharacters} of signals, and there are ${signals}`
  let counted = signals
  for (const { comment, form } of Object.values(after.approvals)) counted += jsonLength(comment) + jsonLength(form)
  for (const { state } of instances) {
    const loop = loopOf(state)
    if (loop !== null) counted += jsonLength(loop.kind === 'each' ? loop.items : loop.initial)
    if ('config' in state) counted += jsonLength(state.config)
    if (state.status === 'waiting') counted += jsonLength(state.on)
    if ('error' in state) counted += jsonLength(state.error)
    if (state.status !== 'completed') continue
    if (state.assigned !== null) counted += jsonLength(state.assigned.values)
    if (loop === null) counted += jsonLength(state.output) + jsonLength(state.portOutputs)
  }
  return after.keptCharacters === counted ? null : `${after.keptCharacters}, and there are ${counted}`
}
