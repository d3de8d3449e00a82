// `Array.isArray` for JSON: the built-in does not narrow a union with a readonly list.
import type { Json, JsonArray } from '../core/json.ts'

export const isJsonArray = (value: Json): value is JsonArray => Array.isArray(value)
