// The log stream of one execution: hibernating WebSockets, each with a cursor of its own. Everything after the cursor comes first,
// in pages; then events as they happen, each once and in order; then the `end` frame and close 1000.
import { z } from 'zod'
import { isWithin } from '../core/instance.ts'
import { byteLength } from '../core/json.ts'
import { MAX_NODE_FILTER_LENGTH } from '../core/limits.ts'
import { LOG_LEVELS } from '../core/node-type.ts'
import type { EventFrame } from '../history/event-frame.ts'
import { logError } from '../observability/log-error.ts'
import type { Delta } from '../runner/task.ts'

/** A page of backlog: whichever bound comes first. */
const PAGE_EVENTS = 256
const PAGE_BYTES = 256 * 1024
/** The next page comes at the client's `more`, or by itself after this. */
const PAGE_INTERVAL_MS = 50

/** Of one execution: every event is sent to each of them. */
export const MAX_LISTENERS = 64

/** What a listener wants and has; kept with its socket, so that hibernation loses nothing. */
const cursorSchema = z.object({
  after: z.number().int(),
  level: z.enum(LOG_LEVELS),
  /** Path of a node or an iteration, with everything inside it. Bounded, as no more than 16 KiB are kept with a socket. */
  node: z.string().max(MAX_NODE_FILTER_LENGTH).nullable(),
  /** False while it still gets the backlog. */
  live: z.boolean(),
})
type Cursor = z.infer<typeof cursorSchema>

/** What the stream needs to know of its execution. */
export interface StreamSource {
  /** Frames with a sequence number above `after`: at least one where there is any, some more than `atLeast` where there are many. */
  framesAfter(after: number, atLeast: number): readonly EventFrame[]
  /** The last sequence number, and the status where the execution has ended. */
  position(): { readonly seq: number; readonly endedAs: string | null }
}

export class EventStream {
  readonly #context: Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets' | 'waitUntil'>
  readonly #source: StreamSource
  /** Sockets whose backlog is being sent, with the way to hurry it on. */
  readonly #pumping = new Map<WebSocket, () => void>()

  constructor(context: Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets' | 'waitUntil'>, source: StreamSource) {
    this.#context = context
    this.#source = source
  }

  /** Answers the upgrade; 429 where too many listen already. `after`: the last sequence number the client has. */
  accept(cursor: Omit<Cursor, 'live'>): Response {
    const listening = this.#context.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN)
    if (listening.length >= MAX_LISTENERS) return new Response(null, { status: 429 })
    const { 0: client, 1: server } = new WebSocketPair()
    // Before it is accepted: from then on every event looks for its cursor.
    server.serializeAttachment({ ...cursor, live: false } satisfies Cursor)
    this.#context.acceptWebSocket(server)
    this.#pump(server)
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Sends what has just been appended to everyone who has the rest. It never throws: listeners do not disturb an execution. */
  broadcast(framesOf: () => readonly EventFrame[]): void {
    let frames: readonly EventFrame[] | undefined
    for (const socket of this.#context.getWebSockets())
      orHangUp(socket, () => {
        frames ??= framesOf()
        if (cursorOf(socket).live) this.#deliver(socket, frames)
        else if (!this.#pumping.has(socket)) this.#pump(socket)
      })
  }

  /** Whether anybody wants what the node says. */
  isHeard(node: string): boolean {
    let isHeard = false
    for (const socket of this.#context.getWebSockets()) orHangUp(socket, () => (isHeard ||= wantsSaid(socket, node)))
    return isHeard
  }

  /** Passes on what a node says to those who have the rest; true where anybody wants it. It never throws. */
  tell({ node, attempt, offset, text }: Delta): boolean {
    const frame = JSON.stringify({ type: 'delta', node_id: node, attempt, offset, text })
    for (const socket of this.#context.getWebSockets())
      orHangUp(socket, () => {
        if (wantsSaid(socket, node) && cursorOf(socket).live) socket.send(frame)
      })
    return this.isHeard(node)
  }

  /** A client's message: `more` asks for the next page of the backlog at once. */
  message(socket: WebSocket, text: string | ArrayBuffer): void {
    if (text !== 'more') return
    const hurry = this.#pumping.get(socket)
    if (hurry !== undefined) hurry()
    else if (!cursorOf(socket).live) this.#pump(socket)
  }

  /** Answers a client's close, which else waits for it. */
  closed(socket: WebSocket): void {
    this.#pumping.get(socket)?.()
    orHangUp(socket, () => socket.close(1000))
  }

  /** Closes every stream without an `end`: the storage behind it goes away. */
  closeAll(reason: string): void {
    for (const socket of this.#context.getWebSockets()) orHangUp(socket, () => socket.close(1001, reason))
  }

  #pump(socket: WebSocket): void {
    this.#pumping.set(socket, () => {})
    this.#context.waitUntil(this.#sendBacklog(socket).finally(() => this.#pumping.delete(socket)))
  }

  async #sendBacklog(socket: WebSocket): Promise<void> {
    while (socket.readyState === WebSocket.OPEN) {
      const page = firstPage(this.#source.framesAfter(cursorOf(socket).after, PAGE_EVENTS))
      if (page.length === 0) {
        socket.serializeAttachment({ ...cursorOf(socket), live: true })
        this.#deliver(socket, [])
        return
      }
      this.#deliver(socket, page)
      if ((page.at(-1)?.seq ?? 0) < this.#source.position().seq) await this.#pause(socket)
    }
  }

  #pause(socket: WebSocket): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PAGE_INTERVAL_MS)
      this.#pumping.set(socket, () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Sends frames the socket has not had, moves its cursor, and ends it when it is live and there will be no more. */
  #deliver(socket: WebSocket, frames: readonly EventFrame[]): void {
    const cursor = cursorOf(socket)
    const fresh = frames.filter(({ seq }) => seq > cursor.after)
    for (const frame of fresh) if (isWanted(frame, cursor)) socket.send(JSON.stringify(frame))
    const after = fresh.at(-1)?.seq ?? cursor.after
    socket.serializeAttachment({ ...cursor, after })
    const { seq, endedAs } = this.#source.position()
    if (!cursor.live || endedAs === null || after < seq) return
    socket.send(JSON.stringify({ type: 'end', status: endedAs, seq }))
    socket.close(1000, 'the execution has ended')
  }
}

const cursorOf = (socket: WebSocket): Cursor => cursorSchema.parse(socket.deserializeAttachment())

/** A socket that cannot be served is closed; its client comes back with its cursor. */
function orHangUp(socket: WebSocket, serve: () => void): void {
  try {
    serve()
  } catch (error) {
    logError('stream failed', error, {})
    if (socket.readyState === WebSocket.OPEN) socket.close(1011, 'the stream failed')
  }
}

const isWanted = (frame: EventFrame, { level, node }: Cursor): boolean =>
  LOG_LEVELS.indexOf(frame.level) >= LOG_LEVELS.indexOf(level) &&
  (node === null || (frame.node_id !== undefined && isWithin(frame.node_id, node)))

/** What is said counts as of level `info`. */
function wantsSaid(socket: WebSocket, path: string): boolean {
  const { level, node } = cursorOf(socket)
  const isLevel = LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf('info')
  return socket.readyState === WebSocket.OPEN && isLevel && (node === null || isWithin(path, node))
}

function firstPage(frames: readonly EventFrame[]): readonly EventFrame[] {
  let bytes = 0
  const end = frames.slice(0, PAGE_EVENTS).findIndex((frame) => {
    bytes += byteLength(JSON.stringify(frame))
    return bytes > PAGE_BYTES
  })
  return frames.slice(0, end === -1 ? PAGE_EVENTS : Math.max(end, 1))
}

/** The cursor an upgrade request asks for: `?after=<seq>&level=&node_id=`; null where a value cannot be. */
export function requestedCursor(url: URL): Omit<Cursor, 'live'> | null {
  const parsed = cursorSchema.omit({ live: true }).safeParse({
    after: Number(url.searchParams.get('after') ?? 0),
    level: url.searchParams.get('level') ?? 'debug',
    node: url.searchParams.get('node_id'),
  })
  return parsed.success && parsed.data.after >= 0 ? parsed.data : null
}
