// A real HTTP server on loopback whose every request is answered by the test, when it wants.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Visit {
  readonly path: string
  readonly idempotencyKey: string
  answer(status: number, body: unknown): void
}

export interface PatientServer {
  readonly base: string
  readonly visits: readonly Visit[]
  /** The n-th visit (from 0) of a path, now or when it comes. */
  visit(path: string, index?: number): Promise<Visit>
  close(): Promise<void>
}

/** `respond`: answers at once what it gives an answer for; null leaves the request to the test. */
export async function startPatientServer(respond: (visit: Visit, earlier: number) => void = () => {}): Promise<PatientServer> {
  const visits: Visit[] = []
  const arrivals = new EventTarget()
  const ofPath = (path: string) => visits.filter((visit) => visit.path === path)
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const visit: Visit = {
      path: request.url ?? '',
      idempotencyKey: String(request.headers['idempotency-key']),
      answer: (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    }
    const earlier = ofPath(visit.path).length
    visits.push(visit)
    respond(visit, earlier)
    arrivals.dispatchEvent(new Event('visit'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    visits,
    async visit(path, index = 0) {
      for (let known = ofPath(path)[index]; ; known = ofPath(path)[index]) {
        if (known !== undefined) return known
        await once(arrivals, 'visit')
      }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
