// Values between JSON and databases, as far as all databases agree: nothing is rounded, and bytes are { base64 }.
import type { Json, JsonObject } from '../core/json.ts'
import { isJsonObject } from '../core/json.ts'

/** A value as a driver gives it. Integers that JSON readers would round become text, and so do NaN and the infinities. */
export function jsonOf(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return integerOf(String(value))
    case 'object':
      return jsonOfObject(value)
    default:
      return null
  }
}

function jsonOfObject(value: object | null): Json {
  if (value === null) return null
  if (value instanceof Uint8Array) return bytesAsJson(value)
  if (value instanceof ArrayBuffer) return bytesAsJson(new Uint8Array(value))
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(jsonOf)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, jsonOf(member)]))
}

/** A number as long as it is exact, else its digits. */
export function integerOf(digits: string): Json {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : digits
}

export const bytesAsJson = (bytes: Uint8Array): JsonObject => ({ base64: Buffer.from(bytes).toString('base64') })

/** The bytes that `{ base64 }` means, as HTTP bodies have them, too; null for every other value. */
export function bytesOf(value: Json): Buffer | null {
  if (!isJsonObject(value) || typeof value.base64 !== 'string') return null
  const others = Object.keys(value).filter((name) => name !== 'base64' && name !== 'content_type')
  return others.length === 0 ? Buffer.from(value.base64, 'base64') : null
}
