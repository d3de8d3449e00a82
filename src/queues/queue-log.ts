// Where consumers report what they could not do. The Worker's entry wires it to its log.
import type { JsonObject } from '../core/json.ts'
import type { LogLevel } from '../core/node-type.ts'
import { withoutValues } from '../observability/error-text.ts'

export type QueueLog = (level: LogLevel, event: string, fields: JsonObject) => void

/** What a log line says of something thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? withoutValues(error.message) : String(error))
