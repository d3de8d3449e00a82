// The names an expression of a node sees. Fixed names win over variables; a name that does not apply (`error` away from an
// error edge) is absent, so that using it is an error.
import { createHash } from 'node:crypto'
import type { EvaluationContext, Scope } from './expression.ts'
import { inputsBySource, soleInput } from './inputs.ts'
import type { Json, JsonObject } from './json.ts'
import { isJsonObject } from './json.ts'
import type { NodeInput } from './node-type.ts'
import type { ExecutionState } from './state.ts'

/** What the engine itself knows of the execution, in any expression. */
const executionFacts = (state: ExecutionState): JsonObject => ({
  id: state.identity.executionId,
  workflow_id: state.identity.workflowId,
  parent_id: state.identity.parentExecutionId,
  started_at: new Date(state.startedAt ?? state.createdAt).toISOString(),
  trace_id: state.identity.traceId,
})

/** `value` is `input`, or its own member of that name. */
const valueIn = (input: Json): Json => (isJsonObject(input) && Object.hasOwn(input, 'value') ? (input.value ?? null) : input)

export function buildScope(state: ExecutionState, inputs: readonly NodeInput[]): Scope {
  const input = soleInput(inputs, state.inputs)
  const failure = inputs.find(({ port }) => port === 'error')
  return {
    ...state.variables,
    inputs: state.inputs,
    variables: state.variables,
    outputs: state.outputs,
    input,
    value: valueIn(input),
    inputs_by_source: inputsBySource(inputs),
    execution: executionFacts(state),
    ...(failure === undefined ? {} : { error: failure.value }),
  }
}

/** The scope with another `input`, as `when` sees it: the value that the edge would carry. */
export const withInput = (scope: Scope, input: Json): Scope => ({ ...scope, input, value: valueIn(input) })

/** `now()` is the journaled moment; `uuid()` is derived from execution, node path, run and the call's ordinal. */
export function evaluationContext(state: ExecutionState, node: string, run: number, now: number): EvaluationContext {
  let ordinal = 0
  return {
    now,
    spent: { steps: 0 },
    uuid: () => {
      ordinal += 1
      return uuidFrom(`${state.identity.executionId}.${node}.${run}.${ordinal}`)
    },
  }
}

/** A version 8 UUID (RFC 9562 §5.8) from the SHA-256 of a text. */
function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
