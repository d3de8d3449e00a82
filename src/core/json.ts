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

/** UTF-8 length of a text in bytes, the unit of every size limit. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength

/** UTF-8 length in bytes of a value's JSON text. */
export const jsonByteLength = (value: Json): number => byteLength(JSON.stringify(value))
