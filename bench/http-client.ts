// POST with keep-alive, as cheap as Node can: the load generator shares the machine with what it measures.
import { Agent, request } from 'node:http'

const TIMEOUT_MS = 120_000

export interface Answer {
  readonly status: number
  readonly body: string
}

export interface HttpClient {
  /** `headers` go with this request alone. */
  post(path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  get(path: string): Promise<Answer>
  /** Ends all connections. The next request opens a new one. */
  close(): void
}

/** @param headers sent with every request */
export function httpClient(port: number, headers: Readonly<Record<string, string>>): HttpClient {
  const agent = new Agent({ keepAlive: true })
  return {
    post: (path, body, own = {}) => exchange(agent, { port, method: 'POST', path, headers: { ...headers, ...own }, body }),
    get: (path) => exchange(agent, { port, method: 'GET', path, headers, body: '' }),
    close: () => agent.destroy(),
  }
}

interface Exchange {
  readonly port: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function exchange(agent: Agent, { port, method, path, headers, body }: Exchange): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const length = { 'content-length': Buffer.byteLength(body), accept: 'application/json' }
  const options = { agent, host: '127.0.0.1', port, method, path, headers: { ...headers, ...length }, timeout: TIMEOUT_MS }
  const outgoing = request(options, (incoming) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    incoming.on('error', reject)
  })
  outgoing.on('error', reject)
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms: ${method} ${path}`)))
  outgoing.end(body)
  return promise
}
