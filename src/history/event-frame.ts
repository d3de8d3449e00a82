// One event as the stream, the log and `/events` show it. Payloads never appear here unless the execution captures them.
import type { ExecutionEvent, JournalEntry } from '../core/event.ts'
import { iterationPath } from '../core/instance.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { MAX_CAPTURED_IO_BYTES } from '../core/limits.ts'
import type { LogLevel } from '../core/node-type.ts'
import { withoutSealed } from '../core/sealed-strings.ts'
import { consoleLines } from './console-lines.ts'
import { describeEvent } from './describe-event.ts'
import { isoTime } from './iso-time.ts'
import { truncateText } from './truncate-text.ts'

export interface EventFrame {
  readonly type: 'event'
  /** Counts the execution's events from 1. */
  readonly seq: number
  /** ISO 8601 UTC. */
  readonly at: string
  readonly event: string
  readonly level: LogLevel
  readonly node_id?: string
  readonly message: string
  readonly data?: JsonObject
}

export interface FrameOptions {
  /** Adds inputs, configs and outputs, each cut at `MAX_CAPTURED_IO_BYTES`. */
  readonly captureIo: boolean
  /** By path; null where the definition has no such node any more. */
  nodeTypeOf(node: string): string | null
  /** `input` of a node that has begun; where it is not given, inputs and outputs that are inputs passed on are not captured. */
  inputOf?(node: string): Json | undefined
  /** A value with what its references are shown as; absent: there are none. */
  show?(value: Json): Json
}

/** The frames of one journal entry, in order. */
export function toEventFrames(entry: JournalEntry, options: FrameOptions): EventFrame[] {
  const at = isoTime(entry.at)
  return entry.events.map((event, index) => toFrame(event, entry.firstSeq + index, at, options))
}

function toFrame(event: ExecutionEvent, seq: number, at: string, options: FrameOptions): EventFrame {
  const { level, message, data } = describeEvent(event)
  const written = consoleLines(event)
  const node = nodeOf(event)
  const type = node === null ? null : options.nodeTypeOf(node)
  const facts: JsonObject = {
    ...(type !== null && { node_type: type }),
    ...data,
    ...(written.length > 0 && { console: written }),
    ...(options.captureIo && capturedIo(event, options)),
  }
  return {
    type: 'event',
    seq,
    at,
    event: event.type,
    level,
    ...(node !== null && { node_id: node }),
    message: truncateText(message, MAX_CAPTURED_IO_BYTES),
    ...(Object.keys(facts).length > 0 && { data: facts }),
  }
}

/** The node or iteration an event is about; null for those of the execution, the failing node of `execution.failed` included. */
function nodeOf(event: ExecutionEvent): string | null {
  if (event.type === 'execution.failed' || !('node' in event)) return null
  // `each[1]` is an item; its second shard is told of at the loop.
  return 'index' in event && event.shard === undefined ? iterationPath(event.node, event.index) : event.node
}

function capturedIo(event: ExecutionEvent, { inputOf, show = (value) => value }: FrameOptions): JsonObject {
  const captured = (name: string, value: Json | undefined): JsonObject =>
    value === undefined ? {} : { [name]: cut(show(value)) }
  switch (event.type) {
    case 'node.started':
    case 'node.retry_scheduled':
      return captured('config', event.config === undefined ? undefined : withoutSealed(event.config))
    case 'node.completed': {
      const input = inputOf?.(event.node)
      return { ...captured('input', input), ...captured('output', event.output === undefined ? input : event.output) }
    }
    case 'node.failed':
      return captured('input', inputOf?.(event.node))
    case 'signal.received':
      return captured('payload', event.payload)
    case 'approval.answered':
      return { ...captured('comment', event.answer.comment), ...captured('form', event.answer.form) }
    case 'execution.completed':
      return captured('output', event.output)
    default:
      return {}
  }
}

/** The value itself where its JSON text fits, else the beginning of that text. */
function cut(value: Json): Json {
  const text = JSON.stringify(value)
  const kept = truncateText(text, MAX_CAPTURED_IO_BYTES)
  return kept === text ? value : kept
}
