// The log stream of one execution as an async iterator: each event once and in order, over as many connections as it takes.
import type { EventFrame } from '../http/api-types.ts'
import { UnavailableError } from './errors.ts'
import { pause } from './pause.ts'
import type { Transport } from './transport.ts'

/** What a model says while it says it. Neither journaled nor repeated: what comes while nobody is connected is lost. */
export interface DeltaFrame {
  readonly type: 'delta'
  readonly node_id: string
  readonly attempt: number
  /** Characters before it. */
  readonly offset: number
  readonly text: string
}

/** The execution has ended; nothing follows. */
export interface EndFrame {
  readonly type: 'end'
  readonly status: 'completed' | 'failed' | 'cancelled'
  readonly seq: number
}

export type StreamFrame = EventFrame | DeltaFrame | EndFrame

export interface StreamOptions {
  /** Number of the last event that is known already; 0: all of them come. */
  readonly after?: number
  readonly level?: 'debug' | 'info' | 'warn' | 'error'
  /** Path of a node or an iteration, with all that is inside it. */
  readonly nodeId?: string
  readonly signal?: AbortSignal
}

/** The server's page of a backlog: it goes on sooner where it hears that one was read. */
const PAGE_EVENTS = 256
const MAX_FRUITLESS_CONNECTIONS = 6
const FIRST_PAUSE_MS = 250

/**
 * Ends after the `end` frame. Each connection has a token of its own, as browsers cannot send a key.
 * @throws MillraceError; UnavailableError where connections break off again and again without a new event
 */
export async function* openStream(
  transport: Transport,
  executionId: string,
  { after = 0, level, nodeId, signal }: StreamOptions,
): AsyncGenerator<StreamFrame, void> {
  let last = after
  let fruitless = 0
  const execution = `/executions/${encodeURIComponent(executionId)}`
  while (fruitless < MAX_FRUITLESS_CONNECTIONS) {
    if (fruitless > 0) await pause(FIRST_PAUSE_MS * 2 ** fruitless, signal)
    fruitless += 1
    const token = await askToken(transport, execution, signal)
    if (token === null) continue
    const url = transport.url(`${execution}/logs/stream`, { token, after: last, level, node_id: nodeId })
    for await (const frame of readFrames(url.replace(/^http/, 'ws'), signal)) {
      if (frame.type === 'event' && frame.seq <= last) continue
      if (frame.type === 'event') last = frame.seq
      fruitless = 0
      yield frame
      if (frame.type === 'end') return
    }
  }
  throw new UnavailableError({
    status: 0,
    code: 'NO_ANSWER',
    message: `The stream of ${executionId} broke off ${MAX_FRUITLESS_CONNECTIONS} times without a new event after ${last}`,
    requestId: null,
    issues: [],
    retryAfterSeconds: null,
  })
}

/** Null where it cannot be had just now: to ask for one changes nothing, so it may be asked again. @throws MillraceError */
async function askToken(transport: Transport, execution: string, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    const call = { method: 'POST', path: `${execution}/stream-token`, signal } as const
    return (await transport.call<{ readonly token: string }>(call)).data.token
  } catch (error) {
    if (error instanceof UnavailableError) return null
    throw error
  }
}

/** The frames of one connection, until it is closed by either side. */
async function* readFrames(url: string, signal: AbortSignal | undefined): AsyncGenerator<StreamFrame, void> {
  signal?.throwIfAborted()
  const frames: StreamFrame[] = []
  let isOpen = true
  let changed = Promise.withResolvers<void>()
  const socket = new WebSocket(url)
  const close = () => {
    isOpen = false
    changed.resolve()
  }
  socket.addEventListener('message', ({ data }) => {
    // The server sends nothing but JSON of these shapes, and `pong` to a `ping` that is never sent.
    if (typeof data === 'string') frames.push(JSON.parse(data) as StreamFrame)
    changed.resolve()
  })
  socket.addEventListener('close', close)
  socket.addEventListener('error', close)
  signal?.addEventListener('abort', close)
  try {
    for (let taken = 0; isOpen || frames.length > 0; ) {
      signal?.throwIfAborted()
      const frame = frames.shift()
      if (frame === undefined) {
        if (taken >= PAGE_EVENTS && socket.readyState === WebSocket.OPEN) {
          taken = 0
          socket.send('more')
        }
        changed = Promise.withResolvers()
        await changed.promise
        continue
      }
      taken += 1
      yield frame
    }
    signal?.throwIfAborted()
  } finally {
    signal?.removeEventListener('abort', close)
    if (socket.readyState <= WebSocket.OPEN) socket.close(1000)
  }
}
