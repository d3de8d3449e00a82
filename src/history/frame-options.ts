// How the frames of an execution are made: what its events do not tell is read off its state.
import { givenIn } from '../core/apply-node.ts'
import { soleInput } from '../core/inputs.ts'
import { findInstance } from '../core/instance.ts'
import type { ExecutionState } from '../core/state.ts'
import type { FrameOptions } from './event-frame.ts'
import { nodeInGraph } from './node-in-graph.ts'
import { arrivedInputs } from './node-input.ts'
import { shownOf, showPayloads } from './payload-view.ts'

/**
 * What arrived at a node does not change once it has begun, so any state from there on gives the same frames; but for nodes that a
 * replay has taken back, of which less is told.
 */
export const frameOptions = (state: ExecutionState): FrameOptions => ({
  captureIo: state.identity.captureIo,
  show: (value) => showPayloads(value, shownOf(state)),
  nodeTypeOf: (path) => nodeInGraph(state.graph, path)?.definition.type ?? null,
  inputOf: (path) => {
    const instance = findInstance(state, path)
    const arrived = instance === undefined ? null : arrivedInputs(state, instance)
    return instance === undefined || arrived === null ? undefined : soleInput(arrived, givenIn(state, instance.iteration))
  },
})
