// A client of an execution's stream: keeps every frame and lets the test await one.
import type { EventFrame } from '../../src/history/event-frame.ts'
import { stubOf } from './execution.ts'

interface EndFrame {
  readonly type: 'end'
  readonly status: string
  readonly seq: number
}
export interface DeltaFrame {
  readonly type: 'delta'
  readonly node_id: string
  readonly attempt: number
  readonly offset: number
  readonly text: string
}
export type Frame = EventFrame | EndFrame | DeltaFrame

export const upgrade = (id: string, query = '', community = 'default'): Promise<Response> =>
  stubOf(id).fetch(`https://execution/stream?${query}`, { headers: { Upgrade: 'websocket', 'X-Community-Id': community } })

export class Listener {
  readonly frames: Frame[] = []
  /** Texts that are no frames, as `pong`. */
  readonly texts: string[] = []
  readonly socket: WebSocket
  /** Code and reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  #waiting: { readonly wanted: (frame: Frame) => boolean; readonly resolve: (frame: Frame) => void }[] = []
  #wakeText = () => {}

  private constructor(socket: WebSocket) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
    socket.addEventListener('message', ({ data }) => this.#receive(String(data)))
    socket.accept()
  }

  static async open(id: string, query = ''): Promise<Listener> {
    const { webSocket, status } = await upgrade(id, query)
    if (webSocket === null) throw new Error(`no stream: ${status}`)
    return new Listener(webSocket)
  }

  /** The first frame that is wanted, of those that have come and will. */
  frame(wanted: (frame: Frame) => boolean): Promise<Frame> {
    const known = this.frames.find(wanted)
    if (known !== undefined) return Promise.resolve(known)
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }))
  }

  event(name: string): Promise<Frame> {
    return this.frame((frame) => frame.type === 'event' && frame.event === name)
  }

  async end(): Promise<EndFrame> {
    const frame = await this.frame(({ type }) => type === 'end')
    if (frame.type !== 'end') throw new TypeError('no end')
    return frame
  }

  /** What attempts have said so far. */
  deltas(): readonly DeltaFrame[] {
    return this.frames.filter((frame) => frame.type === 'delta')
  }

  /** Sends a text and answers the next one that is no frame. */
  ask(text: string): Promise<string> {
    return new Promise((resolve) => {
      this.#wakeText = () => resolve(this.texts.at(-1) ?? '')
      this.socket.send(text)
    })
  }

  /** Sequence numbers of the events so far. */
  seqs(): readonly number[] {
    return this.frames.flatMap((frame) => (frame.type === 'event' ? [frame.seq] : []))
  }

  #receive(text: string): void {
    if (!text.startsWith('{')) {
      this.texts.push(text)
      this.#wakeText()
      return
    }
    const frame: Frame = JSON.parse(text)
    this.frames.push(frame)
    for (const { wanted, resolve } of this.#waiting) if (wanted(frame)) resolve(frame)
  }
}

/** Resolves when the execution has ended, with the status. */
export async function endOf(id: string): Promise<string> {
  const listener = await Listener.open(id, 'level=error')
  return (await listener.end()).status
}
