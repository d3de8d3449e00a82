// How values that lie outside an execution's object are shown: by the address at which the API gives them. Pure.
import type { Json, JsonObject } from '../core/json.ts'
import { type HeldPayloads, payloadOf, payloadsIn } from '../core/payload.ts'
import type { ExecutionState } from '../core/state.ts'

/** Whose values are shown. */
export interface Shown {
  /** That of the execution; addresses are below it. Null: it lies nowhere, and only its size is shown. */
  readonly path: string | null
  readonly held: HeldPayloads
}

export const shownOf = ({ identity, payloads }: Pick<ExecutionState, 'identity' | 'payloads'>): Shown => ({
  path: `/api/v1/executions/${identity.executionId}`,
  held: payloads,
})

export const payloadView = ({ path }: Shown, hash: string, size: number): JsonObject =>
  path === null ? { $omitted: true, size } : { $payload: `${path}/payloads/${hash}`, size }

/** The value with an address in place of all that lies outside; itself where nothing does. */
export function showPayloads(value: Json, of: Shown): Json {
  return payloadsIn(value, of.held).length === 0 ? value : replaced(value)

  function replaced(current: Json): Json {
    if (typeof current !== 'object' || current === null) return current
    const payload = payloadOf(current, of.held)
    if (payload !== null) return payloadView(of, payload.$payload, payload.size)
    if (Array.isArray(current)) return current.map(replaced)
    return Object.fromEntries(Object.entries(current).map(([key, member]) => [key, replaced(member)]))
  }
}
