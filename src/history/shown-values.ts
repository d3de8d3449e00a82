// What a view shows in place and what only by reference: large values stand as `{ "$payload": <path>, "size": <bytes> }`, long
// texts are cut, and where many middling ones add up, the bounds are lowered until all of them fit. Pure.
import { createHash } from 'node:crypto'
import { byteLength, type Json, type JsonObject } from '../core/json.ts'
import { MAX_CAPTURED_IO_BYTES } from '../core/limits.ts'
import { payloadOf } from '../core/payload.ts'
import { payloadView, type Shown, showPayloads } from './payload-view.ts'
import { truncateText } from './truncate-text.ts'

const KIB = 1024
/** JSON text of a value that is shown in place (SPEC 7). */
export const MAX_SHOWN_VALUE_BYTES = 64 * KIB
/** All values and texts of a view; what else it has (keys, moments, log lines) stays within the rest of 4 MiB. */
const MAX_SHOWN_BYTES = 2 * KIB * KIB

interface Bounds {
  readonly valueBytes: number
  readonly textBytes: number
}

/** From the usual bounds to those of a view with thousands of values; the last ones hold whatever they add up to. */
const BOUNDS: readonly Bounds[] = [
  { valueBytes: MAX_SHOWN_VALUE_BYTES, textBytes: MAX_CAPTURED_IO_BYTES },
  { valueBytes: KIB, textBytes: KIB },
]
const LAST_BOUNDS: Bounds = { valueBytes: 256, textBytes: 256 }

/** Every value and every text of a caller's that a view has goes through this. */
export interface Show {
  value(value: Json): Json
  /** Each member as a value of its own; the whole as one where that is still too large. */
  members(object: JsonObject): JsonObject
  text(text: string): string
}

export function showWithinBounds<View>(of: Shown, view: (show: Show) => View): View {
  const measures: Measures = new Map()
  for (const bounds of BOUNDS) {
    const shown = new ShownValues(of, bounds, measures)
    const made = view(shown)
    if (shown.bytes <= MAX_SHOWN_BYTES) return made
  }
  return view(new ShownValues(of, LAST_BOUNDS, measures))
}

/** The value that some view refers to by this hash; null where there is none. */
export function findShown(hash: string, of: Shown, view: (show: Show) => unknown): { readonly value: Json } | null {
  const finder = new ShownFinder(hash, of)
  view(finder)
  return finder.found
}

interface Measured {
  /** As it is shown. */
  readonly value: Json
  readonly bytes: number
  /** Made only where it is shown. */
  hash?: string
}
/** One value often stands in many places: it is measured once. */
type Measures = Map<Json, Measured>

interface ShownMembers {
  readonly shown: JsonObject
  readonly bytes: number
}

class ShownValues implements Show {
  bytes = 0
  readonly #of: Shown
  readonly #bounds: Bounds
  readonly #measures: Measures
  readonly #members = new Map<JsonObject, ShownMembers>()

  constructor(of: Shown, bounds: Bounds, measures: Measures) {
    this.#of = of
    this.#bounds = bounds
    this.#measures = measures
  }

  value(value: Json): Json {
    const { bytes, value: shown } = this.#measure(value)
    if (bytes > this.#bounds.valueBytes) return this.#refer(value)
    this.bytes += bytes
    return shown
  }

  members(object: JsonObject): JsonObject {
    // Of an input that lies outside there are no members to show.
    if (payloadOf(object, this.#of.held) !== null) return { input: this.value(object) }
    const known = this.#members.get(object)
    if (known !== undefined) {
      this.bytes += known.bytes
      return known.shown
    }
    const before = this.bytes
    const shown = this.#showMembers(object)
    this.#members.set(object, { shown, bytes: this.bytes - before })
    return shown
  }

  text(text: string): string {
    const shown = truncateText(text, this.#bounds.textBytes)
    this.bytes += byteLength(shown)
    return shown
  }

  #showMembers(object: JsonObject): JsonObject {
    const before = this.bytes
    const entries = Object.entries(object).map(([key, value]) => {
      this.bytes += byteLength(key)
      return [key, this.value(value)] as const
    })
    if (this.bytes - before <= this.#bounds.valueBytes) return Object.fromEntries(entries)
    this.bytes = before
    return this.#refer(object)
  }

  #refer(value: Json): JsonObject {
    const measured = this.#measure(value)
    measured.hash ??= hashOf(JSON.stringify(measured.value))
    const reference = payloadView(this.#of, measured.hash, measured.bytes)
    this.bytes += byteLength(JSON.stringify(reference))
    return reference
  }

  #measure(value: Json): Measured {
    const known = this.#measures.get(value)
    if (known !== undefined) return known
    const shown = showPayloads(value, this.#of)
    const measured = { value: shown, bytes: byteLength(JSON.stringify(shown)) }
    this.#measures.set(value, measured)
    return measured
  }
}

class ShownFinder implements Show {
  found: { readonly value: Json } | null = null
  readonly #hash: string
  readonly #of: Shown
  readonly #seen = new Set<Json>()

  constructor(hash: string, of: Shown) {
    this.#hash = hash
    this.#of = of
  }

  value(value: Json): Json {
    if (this.found === null && !this.#seen.has(value)) this.#compare(value)
    return null
  }

  members(object: JsonObject): JsonObject {
    if (this.#seen.has(object)) return {}
    for (const value of Object.values(object)) this.value(value)
    this.value(object)
    return {}
  }

  text(): string {
    return ''
  }

  #compare(value: Json): void {
    this.#seen.add(value)
    const shown = showPayloads(value, this.#of)
    const text = JSON.stringify(shown)
    // What every view shows in place nothing refers to.
    if (byteLength(text) > LAST_BOUNDS.valueBytes && hashOf(text) === this.#hash) this.found = { value: shown }
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
