// Global set-up of the tests inside workerd, which cannot listen: an identity provider's key sets, served by a real server in Node.
// A test puts a set under a name of its own, and may take it away again.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Base of the server, `http://127.0.0.1:<port>`. */
    keySetServer: string
  }
}

export default async function serveKeySets(project: TestProject): Promise<() => Promise<void>> {
  const sets = new Map<string, string>()
  const server = createServer(async (request, response) => {
    const name = request.url ?? ''
    if (request.method === 'PUT') sets.set(name, await text(request))
    if (request.method === 'DELETE') sets.delete(name)
    const set = sets.get(name)
    response.writeHead(set === undefined ? 503 : 200, { 'content-type': 'application/json' }).end(set ?? '{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('keySetServer', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}
