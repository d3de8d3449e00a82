// What the code of a node wrote with `console`, as lines of its log: in the metadata of a completion, in the cause of a failure.
import type { ExecutionEvent } from '../core/event.ts'
import { isJsonObject, type Json } from '../core/json.ts'

export function consoleLines(event: ExecutionEvent): readonly string[] {
  if (event.type === 'node.completed') return messagesIn(event.metadata)
  if (event.type === 'node.failed' || event.type === 'node.retry_scheduled') return messagesIn(event.error.cause)
  return []
}

function messagesIn(told: Json | undefined): readonly string[] {
  if (!isJsonObject(told) || !Array.isArray(told.console)) return []
  return told.console.flatMap((line: Json) => (isJsonObject(line) && typeof line.message === 'string' ? [line.message] : []))
}
