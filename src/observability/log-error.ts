// One structured log line for what went wrong on our side. Fields carry ids, never payloads.
import type { JsonObject } from '../core/json.ts'

/** Writes an error-level line; the error's own text is ours or the platform's, never a node's data. */
export function logError(message: string, error: unknown, fields: JsonObject): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  console.error(JSON.stringify({ level: 'error', message, error: text, ...fields }))
}
