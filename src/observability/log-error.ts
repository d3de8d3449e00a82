// One structured log line for what went wrong on our side. Fields carry ids, never payloads.
import type { JsonObject } from '../core/json.ts'
import { errorText } from './error-text.ts'

/** Writes an error-level line; the error's own text is ours or the platform's, never a node's data. */
export function logError(message: string, error: unknown, fields: JsonObject): void {
  console.error(JSON.stringify({ level: 'error', message, error: errorText(error), ...fields }))
}
