// Millrace over the network, as its users meet it: JSON over HTTP and the stream over a WebSocket; every answer as it comes. What only
// waits is the client's.
import { Millrace } from '../../src/client/millrace.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
  readonly body: any
}

export interface Client {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** The execution once it has ended; fails after `timeoutMs`. */
  ended(id: string, timeoutMs?: number): Promise<Answer['body']>
  /** Every frame of the stream, to `end`; `closed` gives the code of the close that follows (locally some 10 s later). */
  stream(
    id: string,
    after?: number,
    hear?: (frame: Answer['body']) => void,
  ): Promise<{ readonly frames: readonly Answer['body'][]; readonly closed: Promise<number> }>
}

export function httpClient(base: string, key: string): Client {
  const millrace = new Millrace({ baseUrl: base, apiKey: key })
  const call: Client['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: { 'X-API-Key': key, 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  return {
    call,
    stream: (id, after = 0, hear = () => {}) =>
      readStream(`${base.replace('http', 'ws')}/api/v1/executions/${id}/logs/stream?after=${after}`, key, hear),
    async ended(id, timeoutMs = 60_000) {
      await millrace.wait(id, AbortSignal.timeout(timeoutMs))
      return (await call('GET', `/executions/${id}`)).body.data
    },
  }
}

function readStream(url: string, key: string, hear: (frame: Answer['body']) => void): ReturnType<Client['stream']> {
  return new Promise((resolve, reject) => {
    const frames: Answer['body'][] = []
    // Node's WebSocket takes headers, which the standard's does not know.
    const socket = new WebSocket(url, { headers: { 'X-API-Key': key } } as unknown as string[])
    const closed = new Promise<number>((close) => socket.addEventListener('close', ({ code }) => close(code)))
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data))
      frames.push(frame)
      hear(frame)
      if (frame.type === 'end') resolve({ frames, closed })
    })
    socket.addEventListener('error', () => reject(new Error(`the stream ${url} failed`)))
  })
}
