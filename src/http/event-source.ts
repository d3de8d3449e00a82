// Server-Sent Events: what an execution's stream sends, as a browser's EventSource reads it. The Worker holds the connection to the
// client, over one WebSocket to the object, which may hibernate meanwhile.
import { z } from 'zod'
import { logError } from '../observability/log-error.ts'
import { MAX_UNREAD_STREAM_BYTES, STREAM_HEARTBEAT_MS } from './limits.ts'

const frameSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('event'), seq: z.int() }),
  z.looseObject({ type: z.literal('end'), seq: z.int() }),
  /** What a model says, as it says it: neither numbered nor repeated. */
  z.looseObject({ type: z.literal('delta') }),
])
type Frame = z.infer<typeof frameSchema>

const encoder = new TextEncoder()

/** A client whose connection breaks asks again after so long, from the last event it has. */
const GREETING = 'retry: 1000\n\n'

/** Takes over the socket, which must not have been accepted. */
export function eventSource(socket: WebSocket, heartbeatMs = STREAM_HEARTBEAT_MS): Response {
  let hangUp = () => {}
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        hangUp = pipe(socket, controller, heartbeatMs)
      },
      // The client has gone.
      cancel: () => hangUp(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  )
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' } })
}

/** Answers the way to end it from outside. */
function pipe(socket: WebSocket, controller: ReadableStreamDefaultController<Uint8Array>, heartbeatMs: number): () => void {
  let isOpen = true
  const hangUp = () => {
    isOpen = false
    clearInterval(heartbeat)
    socket.close(1000)
  }
  const end = () => {
    if (!isOpen) return
    hangUp()
    controller.close()
  }
  const send = (text: string) => {
    if (!isOpen) return
    controller.enqueue(encoder.encode(text))
    // Whoever does not read comes back with the last event that arrived.
    if ((controller.desiredSize ?? 0) < -MAX_UNREAD_STREAM_BYTES) end()
  }
  const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs)
  socket.addEventListener('message', ({ data }) => {
    const frame = readFrame(data)
    if (frame === null) return
    send(inLines(frame))
    if (frame.type === 'end') end()
  })
  // Without an end the object was moved, or goes away: the client asks again.
  socket.addEventListener('close', end)
  socket.addEventListener('error', end)
  send(GREETING)
  socket.accept()
  return hangUp
}

function readFrame(data: unknown): Frame | null {
  const parsed = typeof data === 'string' && data.startsWith('{') ? frameSchema.safeParse(JSON.parse(data)) : null
  if (parsed?.success === false) logError('a frame of a stream is none', parsed.error, {})
  return parsed?.data ?? null
}

/** JSON has no line breaks. Only what is numbered has an id: from there a client goes on. */
function inLines(frame: Frame): string {
  const data = `data: ${JSON.stringify(frame)}\n\n`
  switch (frame.type) {
    case 'event':
      return `id: ${frame.seq}\n${data}`
    case 'end':
      return `id: ${frame.seq}\nevent: end\n${data}`
    case 'delta':
      return `event: delta\n${data}`
  }
}
