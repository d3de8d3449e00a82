// How the frames of an execution are made: what its events do not tell is read off its state.
import { mustNode } from '../core/graph.ts'
import { soleInput } from '../core/inputs.ts'
import type { ExecutionState } from '../core/state.ts'
import type { FrameOptions } from './event-frame.ts'
import { arrivedInputs } from './node-input.ts'

/** What arrived at a node does not change once it has begun, so any state from there on gives the same frames. */
export const frameOptions = (state: ExecutionState): FrameOptions => ({
  captureIo: state.identity.captureIo,
  nodeTypeOf: (node) => mustNode(state.graph.nodes, node).definition.type,
  inputOf: (node) => soleInput(arrivedInputs(state, node) ?? [], state.inputs),
})
