// The journal as lines of text, for the view: one per event, and those of each node.
import type { JournalEntry } from '../core/event.ts'
import { byteLength } from '../core/json.ts'
import { consoleLines } from './console-lines.ts'
import { toEventFrames } from './event-frame.ts'

export interface LogLine {
  readonly timestamp: string
  /** Null for lines of the execution itself. */
  readonly node_id: string | null
  readonly message: string
}

/** Of longer logs a view has the end; `/events` has them whole. */
export const MAX_LOG_LINES_BYTES = 512 * 1024

/** Lines in journal order. Payloads are never captured here: messages do not show them. */
export const logLines = (entries: readonly JournalEntry[]): LogLine[] => lastLines(entries.flatMap(linesOf))

/** The lines of these nodes alone, by path. */
export function messagesOf(entries: Iterable<JournalEntry>, nodes: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const lines: LogLine[] = []
  for (const entry of entries)
    if (entry.events.some((event) => 'node' in event && event.node !== null && nodes.has(event.node)))
      lines.push(...linesOf(entry).filter(({ node_id }) => node_id !== null && nodes.has(node_id)))
  return messagesByNode(lastLines(lines))
}

const linesOf = (entry: JournalEntry): LogLine[] =>
  toEventFrames(entry, { captureIo: false, nodeTypeOf: () => '' }).flatMap(
    ({ at: timestamp, node_id = null, message }, index) => {
      const event = entry.events[index]
      const written = event === undefined ? [] : consoleLines(event)
      return [...written, message].map((line) => ({ timestamp, node_id, message: line }))
    },
  )

function lastLines(lines: readonly LogLine[]): LogLine[] {
  let bytes = 0
  const cut = lines.findLastIndex((line) => {
    bytes += byteLength(JSON.stringify(line))
    return bytes > MAX_LOG_LINES_BYTES
  })
  return lines.slice(cut + 1)
}

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
