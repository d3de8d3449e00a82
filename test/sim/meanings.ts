// Expressions that random workflows are made of, beside what they mean: the engine's evaluation is checked against what was meant.
import type { Json } from '../../src/core/json.ts'

/** `when` of edges, with what each gives wherever it is evaluated; null where it fails. */
export const EDGE_CONDITIONS: Readonly<Record<string, boolean | null>> = {
  'inputs.yes': true,
  'inputs.no': false,
  '1 < 2 && inputs.yes': true,
  'inputs.n < 0': false,
  'inputs.n >= 0': true,
  'inputs.missing': null,
}

/** `while` of loops by round and state; null where it fails. */
export const WHILES: Readonly<Record<string, (iteration: number, state: Json) => boolean | null>> = {
  'iteration < 2': (iteration) => iteration < 2,
  'iteration < 3': (iteration) => iteration < 3,
  'state != 5 && iteration < 3': (iteration, state) => state !== 5 && iteration < 3,
  'inputs.yes': () => true,
  'inputs.no': () => false,
  '{{ iteration == 0 }}': (iteration) => iteration === 0,
  'inputs.missing': () => null,
  'state == null || iteration < 2': (iteration, state) => state === null || iteration < 2,
}

interface Match {
  /** @param index of the for-each around; null where there is none */
  accepts(payload: Json, index: number | null): boolean
  /** A payload that it accepts; null where it accepts none. */
  sample(index: number | null): Json
}

const member = (payload: Json, name: string): Json | undefined =>
  typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? (payload as Record<string, Json>)[name] : undefined // An object that is no list.

/** `match` of waits. */
export const MATCHES: Readonly<Record<string, Match>> = {
  'payload.ok': { accepts: (payload) => member(payload, 'ok') === true, sample: () => ({ ok: true, n: 1 }) },
  'payload.n == index': {
    accepts: (payload, index) => index !== null && member(payload, 'n') === index,
    sample: (index) => (index === null ? null : { ok: true, n: index }),
  },
  'payload.missing > 1': { accepts: () => false, sample: () => null },
  'payload.n > 4': {
    accepts: (payload) => Number(member(payload, 'n') ?? Number.NaN) > 4,
    sample: () => ({ ok: false, n: 9 }),
  },
}

export const isAccepted = (match: string | null, payload: Json, index: number | null): boolean =>
  match === null || MATCHES[match]?.accepts(payload, index) === true
