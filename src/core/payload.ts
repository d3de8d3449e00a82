// Outputs too large for the journal lie outside the object, under their execution; state and journal hold references to them.
// The shell loads what a decision asks for; a loaded value is forgotten after the transition.
import { isJsonObject, type Json } from './json.ts'

/** Stands for a value, wherever that would stand. Callers see neither it nor its mark, so that no data of theirs can pass for one. */
export type PayloadReference = {
  /** SHA-256 of the value's JSON text, hex. */
  readonly $payload: string
  /** Bytes of that text. */
  readonly size: number
  /** Random. */
  readonly mark: string
}

/** A reference as the execution that holds it knows it. */
export type HeldPayload = PayloadReference & {
  /** The execution under which the value lies; absent: this one. */
  readonly owner?: string
}

/** All that an execution holds, by mark. */
export type HeldPayloads = Readonly<Record<string, HeldPayload>>

/** What the shell has loaded, by hash; `lost`: it is not there, or is not what was put there. */
export type LoadedPayloads = ReadonlyMap<string, { readonly value: Json } | 'lost'>

export const NO_PAYLOADS: LoadedPayloads = new Map()

/** Thrown by `decide` where it needs values that were not given: load these, then decide again. */
export class PayloadsMissing extends Error {
  readonly payloads: readonly HeldPayload[]

  constructor(payloads: readonly HeldPayload[]) {
    super(`${payloads.length} payloads have to be loaded`)
    this.name = 'PayloadsMissing'
    this.payloads = payloads
  }
}

/** Where a value lies. */
export const payloadKey = (executionId: string, hash: string): string => `${payloadPrefix(executionId)}${hash}`

/** All that lies outside for one execution. */
export const payloadPrefix = (executionId: string): string => `executions/${executionId}/`

export const holdPayloads = (held: HeldPayloads, more: readonly HeldPayload[]): HeldPayloads => ({
  ...held,
  ...Object.fromEntries(more.map((payload) => [payload.mark, payload])),
})

/** Null for everything that is no reference which this execution holds. */
export function payloadOf(value: unknown, held: HeldPayloads): HeldPayload | null {
  if (!isJsonObject(value) || typeof value.$payload !== 'string' || typeof value.mark !== 'string') return null
  const known = Object.hasOwn(held, value.mark) ? held[value.mark] : undefined
  return known?.$payload === value.$payload ? known : null
}

/** The references in a value, at any depth; each once. */
export function payloadsIn(value: Json, held: HeldPayloads): readonly HeldPayload[] {
  const found = new Set<HeldPayload>()
  if (Object.keys(held).length > 0) collect(value)
  return [...found]

  function collect(current: Json): void {
    if (typeof current !== 'object' || current === null) return
    const payload = payloadOf(current, held)
    if (payload !== null) found.add(payload)
    else for (const member of Object.values(current)) collect(member)
  }
}
