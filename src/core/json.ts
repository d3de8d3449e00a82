// JSON as Millrace means it: what travels in definitions, inputs, outputs and the journal.
export type Json = null | boolean | number | string | JsonArray | JsonObject
export type JsonArray = readonly Json[]
export interface JsonObject {
  readonly [key: string]: Json
}

/** True for a plain JSON object: not null, not a list. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Canonical JSON text: keys sorted by code unit, no white space. Equal values give equal text (the base of `config_hash`). */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (isJsonObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`)
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value)
}

/**
 * About how long a value's JSON text is: its characters, escapes not counted. Makes no text, so that any value may be asked about;
 * counting ends soon after `enough`.
 */
export function jsonLength(value: unknown, enough = Number.POSITIVE_INFINITY): number {
  let length = 0
  count(value)
  return length

  function count(current: unknown): void {
    if (typeof current === 'string') length += current.length + 2
    else if (typeof current === 'number') length += String(current).length
    else if (typeof current !== 'object' || current === null) length += 4
    else countMembers(current)
  }

  function countMembers(current: object): void {
    length += 2
    if (!Array.isArray(current)) for (const key of Object.keys(current)) length += key.length + 3
    for (const member of Object.values(current)) {
      if (length > enough) return
      length += 1
      count(member)
    }
  }
}

/** Whether a value's JSON text has more bytes than that. */
export const isJsonAbove = (value: Json, bytes: number): boolean =>
  jsonLength(value, 2 * bytes) > 2 * bytes || jsonByteLength(value) > bytes

/** UTF-8 length of a text in bytes, the unit of every size limit. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength

/** UTF-8 length in bytes of a value's JSON text. */
export const jsonByteLength = (value: Json): number => byteLength(JSON.stringify(value))
