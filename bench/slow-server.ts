// The server that HTTP nodes and steps call: answers `{"one":1}` after a fixed time. Loopback only.
import { createServer } from 'node:http'

export interface SlowServer {
  readonly url: string
  close(): void
}

export async function startSlowServer(delayMs: number): Promise<SlowServer> {
  const server = createServer((request, response) => {
    request.resume()
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{"one":1}'), delayMs)
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the slow server has no port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
