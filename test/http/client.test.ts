// The client inside workerd, as a Worker uses it: `fetch` leads to the API, and so does `WebSocket`, of which each gets its own.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ExecutionFailedError, NotFoundError } from '../../src/client/errors.ts'
import { Millrace } from '../../src/client/millrace.ts'
import { ADMIN_KEY, sum, testApp } from '../support/api.ts'
import { guarded } from '../support/keys.ts'

const app = testApp()
const millrace = new Millrace({
  baseUrl: 'http://millrace',
  apiKey: ADMIN_KEY,
  fetch: async (input, init) => app.request(new Request(input, init)),
})

/** A client's end of a socket of the app. No network leads there. */
class AppSocket extends EventTarget {
  static readonly OPEN = WebSocket.OPEN
  readyState: number = WebSocket.CONNECTING
  #socket: WebSocket | null = null

  constructor(url: string) {
    super()
    void this.#open(url.replace('ws:', 'http:'))
  }

  async #open(url: string) {
    const { webSocket } = await app.request(url, { headers: { Upgrade: 'websocket' } })
    if (!webSocket) return this.#end()
    this.#socket = webSocket
    this.readyState = WebSocket.OPEN
    webSocket.addEventListener('message', ({ data }) => this.dispatchEvent(new MessageEvent('message', { data })))
    webSocket.addEventListener('close', () => this.#end())
    webSocket.accept()
  }

  #end() {
    this.readyState = WebSocket.CLOSED
    this.dispatchEvent(new Event('close'))
  }

  send(text: string) {
    this.#socket?.send(text)
  }

  close(code: number) {
    this.#socket?.close(code)
  }
}

beforeEach(() => vi.stubGlobal('WebSocket', AppSocket))
afterEach(() => vi.unstubAllGlobals())

it('runs a workflow to its end', async () => {
  expect(await millrace.run(sum)).toBe(15)
})

it('follows an execution, and tells it what it waits for', async () => {
  const { execution_id: id } = await millrace.start({ ...guarded, nodes: guarded.nodes.slice(1) })
  const seen: string[] = []
  for await (const frame of millrace.stream(id)) {
    seen.push(frame.type === 'event' ? frame.event : frame.type)
    if (frame.type === 'event' && frame.event === 'node.waiting') await millrace.signal(id, 'go', { n: 1 })
  }
  expect(seen.at(-1)).toBe('end')
  expect((await millrace.get(id)).final_output).toEqual({ n: 1 })
})

it('throws what its callers catch', async () => {
  await expect(millrace.get('nobody')).rejects.toBeInstanceOf(NotFoundError)
  const failing = { nodes: [{ id: 'a', type: 'fail', config: { message: 'not today' } }], edges: [] }
  await expect(millrace.run(failing)).rejects.toBeInstanceOf(ExecutionFailedError)
})
