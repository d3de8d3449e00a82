// The journal as lines of text, for the view: one per event, and those of each node.
import type { JournalEntry } from '../core/event.ts'
import { toEventFrames } from './event-frame.ts'

export interface LogLine {
  readonly timestamp: string
  /** Null for lines of the execution itself. */
  readonly node_id: string | null
  readonly message: string
}

/** Lines in journal order. Payloads are never captured here: messages do not show them. */
export const logLines = (entries: readonly JournalEntry[]): LogLine[] =>
  entries
    .flatMap((entry) => toEventFrames(entry, { captureIo: false, nodeTypeOf: () => '' }))
    .map((frame) => ({ timestamp: frame.at, node_id: frame.node_id ?? null, message: frame.message }))

export function messagesByNode(lines: readonly LogLine[]): ReadonlyMap<string, readonly string[]> {
  const messages = new Map<string, string[]>()
  for (const { node_id, message } of lines) {
    if (node_id === null) continue
    const known = messages.get(node_id)
    if (known === undefined) messages.set(node_id, [message])
    else known.push(message)
  }
  return messages
}
