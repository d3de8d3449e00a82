// One event as the stream, the log and `/events` show it. Payloads never appear here unless the execution captures them.
import type { ExecutionEvent, JournalEntry } from '../core/event.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { MAX_CAPTURED_IO_BYTES } from '../core/limits.ts'
import type { LogLevel } from '../core/node-type.ts'
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
  nodeTypeOf(node: string): string
  /** `input` of a node that has begun; where it is not given, inputs and outputs that are inputs passed on are not captured. */
  inputOf?(node: string): Json
}

/** The frames of one journal entry, in order. */
export function toEventFrames(entry: JournalEntry, options: FrameOptions): EventFrame[] {
  const at = isoTime(entry.at)
  return entry.events.map((event, index) => toFrame(event, entry.firstSeq + index, at, options))
}

function toFrame(event: ExecutionEvent, seq: number, at: string, options: FrameOptions): EventFrame {
  const { level, message, data } = describeEvent(event)
  const node = nodeOf(event)
  const facts: JsonObject = {
    ...(node !== null && { node_type: options.nodeTypeOf(node) }),
    ...data,
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

/** The node an event is about; null for those of the execution, the failing node of `execution.failed` included. */
const nodeOf = (event: ExecutionEvent): string | null =>
  event.type !== 'execution.failed' && 'node' in event ? event.node : null

function capturedIo(event: ExecutionEvent, { inputOf }: FrameOptions): JsonObject {
  switch (event.type) {
    case 'node.started':
    case 'node.retry_scheduled':
      return captured('config', event.config)
    case 'node.completed': {
      const input = inputOf?.(event.node)
      return { ...captured('input', input), ...captured('output', event.output === undefined ? input : event.output) }
    }
    case 'node.failed':
      return captured('input', inputOf?.(event.node))
    case 'execution.completed':
      return captured('output', event.output)
    default:
      return {}
  }
}

const captured = (name: string, value: Json | undefined): JsonObject => (value === undefined ? {} : { [name]: cut(value) })

/** The value itself where its JSON text fits, else the beginning of that text. */
function cut(value: Json): Json {
  const text = JSON.stringify(value)
  const kept = truncateText(text, MAX_CAPTURED_IO_BYTES)
  return kept === text ? value : kept
}
