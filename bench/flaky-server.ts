// The server that executions of the kill test call: takes `?value=<n>&delay=<ms>`, answers 503 to the first request of each
// Idempotency-Key and `{"value":<n>}` to the others, and counts by key what an effect without it would have done twice.
import { createServer } from 'node:http'
import { listenOnLoopback } from './listen.ts'

export interface FlakyServer {
  readonly url: string
  /** Requests so far, by Idempotency-Key; all but the first of each were effects, answered 200. */
  readonly requestsByKey: ReadonlyMap<string, number>
  close(): void
}

export async function startFlakyServer(): Promise<FlakyServer> {
  const requestsByKey = new Map<string, number>()
  const server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key'])
    const earlier = requestsByKey.get(key) ?? 0
    requestsByKey.set(key, earlier + 1)
    request.resume()
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams
    const body = JSON.stringify({ value: Number(query.get('value')) })
    const answer = () => response.writeHead(earlier === 0 ? 503 : 200, { 'content-type': 'application/json' }).end(body)
    setTimeout(answer, Number(query.get('delay')))
  })
  const url = await listenOnLoopback(server)
  return {
    url,
    requestsByKey,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
