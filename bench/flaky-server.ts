// The server that executions of the kill test call: takes `?delay=<ms>`, answers 503 to the first request of each
// Idempotency-Key and 200 to the others, and counts what an effect without that key would have done twice.
import { createServer, type IncomingMessage } from 'node:http'
import { listenOnLoopback } from './listen.ts'

export interface FlakyCounts {
  /** Calls that the workflows made, by key. */
  readonly keys: number
  readonly requests: number
  readonly refused: number
  /** Requests answered 200 beyond the first of their key: at-least-once delivery, seen from outside. */
  readonly duplicates: number
}

export interface FlakyServer {
  readonly url: string
  counts(): FlakyCounts
  close(): void
}

export async function startFlakyServer(): Promise<FlakyServer> {
  const requestsByKey = new Map<string, number>()
  const server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key'])
    const earlier = requestsByKey.get(key) ?? 0
    requestsByKey.set(key, earlier + 1)
    request.resume()
    setTimeout(
      () => response.writeHead(earlier === 0 ? 503 : 200, { 'content-type': 'application/json' }).end('{}'),
      delayMs(request),
    )
  })
  const url = await listenOnLoopback(server)
  return {
    url,
    counts: () => {
      const counts = [...requestsByKey.values()]
      const requests = counts.reduce((sum, count) => sum + count, 0)
      const duplicates = counts.reduce((sum, count) => sum + Math.max(0, count - 2), 0)
      return { keys: counts.length, requests, refused: counts.length, duplicates }
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function delayMs(request: IncomingMessage): number {
  return Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('delay') ?? 0)
}
