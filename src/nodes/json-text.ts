// A JSON value as text where text is needed (a log message, a switch value, a group's name): text as it is, all else as JSON.
import type { Json } from '../core/json.ts'
import { canonicalJson } from '../core/json.ts'

export const jsonText = (value: Json): string => (typeof value === 'string' ? value : canonicalJson(value))
