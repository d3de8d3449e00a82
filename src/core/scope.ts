// The names an expression of a node sees. Fixed names win over variables; a name that does not apply (`error` away from an
// error edge) is absent, so that using it is an error.
import { createHash } from 'node:crypto'
import { givenTo, variablesIn } from './apply-iteration.ts'
import { makeLink } from './execution-links.ts'
import type { EvaluationContext, Scope } from './expression.ts'
import type { OutsideValues } from './expression-evaluation.ts'
import { inputsBySource } from './inputs.ts'
import { enclosingOf, mustIteration, splitPath } from './instance.ts'
import type { Json, JsonObject } from './json.ts'
import type { NodeInput } from './node-type.ts'
import type { HeldPayloads } from './payload.ts'
import { valueIn } from './payload-reader.ts'
import type { ExecutionState } from './state.ts'

/** What the engine itself knows of the execution, in any expression; in a shard, of the one that it is a part of. */
export const executionFacts = (state: ExecutionState): JsonObject =>
  state.enclosing?.owner?.facts ?? {
    id: state.identity.executionId,
    workflow_id: state.identity.workflowId,
    parent_id: state.identity.parentExecutionId,
    started_at: new Date(state.startedAt ?? state.createdAt).toISOString(),
    trace_id: state.identity.traceId,
  }

/** The names that a node in this iteration sees (empty: at the top level), with what arrived at it. */
export function buildScope(state: ExecutionState, iteration: string, inputs: readonly NodeInput[], input: Json): Scope {
  const failure = inputs.find(({ port }) => port === 'error')
  const variables = variablesIn(state, iteration)
  return {
    ...variables,
    ...loopNames(state, iteration),
    inputs: state.inputs,
    variables,
    outputs: visibleOutputs(state, iteration),
    input,
    value: valueIn(input, state.payloads),
    inputs_by_source: inputsBySource(inputs),
    execution: executionFacts(state),
    ...(failure === undefined ? {} : { error: failure.value }),
  }
}

/** `item` and `index` of the nearest for-each around, `state` and `iteration` of the nearest `loop`. */
function loopNames(state: ExecutionState, iteration: string): JsonObject {
  const names: Record<string, Json> = {}
  for (let path = iteration; path !== ''; path = enclosingOf(state, path)) {
    const { index, variables } = mustIteration(state, path)
    // A for-each gives each iteration variables of its own.
    const [given, counter] = variables === null ? ['state', 'iteration'] : ['item', 'index']
    if (given in names) continue
    names[given] = givenTo(state, path)
    names[counter] = index + offsetOf(state, path)
  }
  return { ...state.enclosing?.names, ...names }
}

/** Where the iteration stands in the whole list: a shard has a part of it. */
const offsetOf = ({ enclosing }: ExecutionState, iteration: string): number =>
  iteration.includes('.') ? 0 : (enclosing?.slice.offset ?? 0)

/** Outputs of the run's own nodes, then those of the runs around it; a node hides one of the same id further out. */
function visibleOutputs(state: ExecutionState, iteration: string): JsonObject {
  if (iteration === '') return state.enclosing === null ? state.outputs : { ...state.enclosing.outputs, ...state.outputs }
  const { graph, outputs } = mustIteration(state, iteration)
  const outer = Object.entries(visibleOutputs(state, enclosingOf(state, iteration))).filter(([id]) => !graph.nodes.has(id))
  return outer.length === 0 ? outputs : { ...Object.fromEntries(outer), ...outputs }
}

/** The scope with another `input`, as `when` sees it: the value that the edge would carry. */
export const withInput = (scope: Scope, input: Json, held: HeldPayloads): Scope => ({
  ...scope,
  input,
  value: valueIn(input, held),
})

/** `now()` is the journaled moment; `uuid()` is derived from execution, node path, run and the call's ordinal. */
export function evaluationContext(
  state: ExecutionState,
  node: string,
  run: number,
  now: number,
  payloads: OutsideValues,
): EvaluationContext {
  let ordinal = 0
  return {
    now,
    payloads,
    spent: { steps: 0 },
    uuid: () => {
      ordinal += 1
      return uuidFrom(`${state.identity.executionId}.${node}.${run}.${ordinal}`)
    },
    link: (request) => makeLink(state, splitPath(node).iteration, request),
  }
}

/** A version 8 UUID (RFC 9562 §5.8) from the SHA-256 of a text. */
function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
