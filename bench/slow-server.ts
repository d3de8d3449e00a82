// The server that HTTP nodes and steps call: answers `{"one":1}` after a fixed time. Loopback only.
import { createServer } from 'node:http'
import { listenOnLoopback } from './listen.ts'

export interface SlowServer {
  readonly url: string
  close(): void
}

export async function startSlowServer(delayMs: number): Promise<SlowServer> {
  const server = createServer((request, response) => {
    request.resume()
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{"one":1}'), delayMs)
  })
  const url = await listenOnLoopback(server)
  return {
    url,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
