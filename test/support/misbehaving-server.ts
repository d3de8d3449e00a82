// A real HTTP server on loopback that answers as servers should not. What hangs here hangs until the client gives up.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

export interface MisbehavingServer {
  /** `127.0.0.1:<port>`, as allow-lists name it. */
  readonly host: string
  readonly url: (path: string) => string
  /** Every request so far. */
  readonly requests: readonly IncomingMessage[]
  /** Resolves when a client next hangs up before its answer is complete. */
  readonly abandoned: () => Promise<unknown>
  readonly close: () => Promise<void>
}

export type Answer = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => unknown

const MIB = 1024 * 1024

const answers: Readonly<Record<string, Answer>> = {
  '/echo': async (request, response) => {
    response.setHeader('content-type', 'application/json')
    const { method, url, headers } = request
    const body = await buffer(request)
    response.end(JSON.stringify({ method, url, headers, body: body.toString(), base64: body.toString('base64') }))
  },
  '/never': () => {},
  '/stalls': (_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).write('begun'),
  '/trickles': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const timer = setInterval(() => response.write('.'), 5)
    response.on('close', () => clearInterval(timer))
  },
  '/cut-off': (_, response) => {
    response.writeHead(200, { 'content-length': '1000', 'content-type': 'text/plain' })
    response.write('only this', () => response.destroy())
  },
  '/hangs-up': (request) => request.socket.destroy(),
  '/endless': (_, response) => {
    response.setHeader('content-type', 'text/plain')
    const chunk = 'x'.repeat(64 * 1024)
    const write = () => {
      while (!response.destroyed && response.write(chunk)) {}
    }
    response.on('drain', write)
    write()
  },
  '/bytes': (_, response, query) => response.end(Buffer.alloc(Number(query.get('size')), 'x')),
  '/says-less': (_, response) =>
    response.writeHead(200, { 'content-length': '4', 'content-type': 'text/plain' }).end('more than four'),
  '/gzip-bomb': (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' })
    response.end(gzipSync(Buffer.alloc(64 * MIB)))
  },
  '/not-gzip': (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' })
    response.end('plainly not packed')
  },
  '/packed': (_, response, query) => {
    const encoding = query.get('by') ?? ''
    const pack = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }[encoding] ?? Buffer.from
    response.writeHead(200, { 'content-encoding': encoding, 'content-type': 'application/json' }).end(pack('{"packed":true}'))
  },
  '/chunked': (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"chunks"')
    response.end(':"many"}')
  },
  '/bad-chunks': (request) =>
    request.socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzzz\r\n'),
  '/no-http': (request) => request.socket.end('220 smtp.example.com ESMTP\r\n'),
  '/status-999': (request) => request.socket.end('HTTP/1.1 999 Beyond\r\ncontent-length: 0\r\n\r\n'),
  '/endless-headers': (request) => {
    request.socket.write('HTTP/1.1 200 OK\r\n')
    request.socket.write('x-more: and more\r\n'.repeat(MIB / 16))
  },
  '/deep-json': (_, response, query) => {
    const depth = Number(query.get('depth'))
    response.setHeader('content-type', 'application/json')
    response.end('['.repeat(depth) + ']'.repeat(depth))
  },
  '/redirect': (_, response, query) => {
    response.writeHead(Number(query.get('status') ?? 302), { location: query.get('to') ?? '' }).end('moved')
  },
  '/redirect-loop': (_, response) => response.writeHead(302, { location: '/redirect-loop' }).end(),
  '/redirects': (_, response, query) => {
    const left = Number(query.get('left'))
    response.writeHead(302, { location: left === 1 ? '/echo' : `/redirects?left=${left - 1}` }).end()
  },
  '/redirect-nowhere': (_, response) => response.writeHead(302).end('no location'),
  '/status': (_, response, query) => {
    const retryAfter = query.get('retry-after')
    response.writeHead(Number(query.get('status')), retryAfter === null ? {} : { 'retry-after': retryAfter }).end('as you wish')
  },
  '/long-refusal': (_, response) => response.writeHead(500).end('no '.repeat(MIB)),
  '/cut-off-refusal': (_, response) => {
    response.writeHead(503, { 'content-length': '1000' })
    response.write('sorry', () => response.destroy())
  },
  '/empty': (_, response) => response.writeHead(204).end(),
  '/cookies': (_, response) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2, 3'], 'x-tag': ['one', 'two'] }).end(),
  /** Any body (`hex`) under any content type (`type`). */
  '/body': (_, response, query) => {
    const type = query.get('type')
    if (type !== null) response.setHeader('content-type', type)
    response.end(Buffer.from(query.get('hex') ?? '', 'hex'))
  },
}

/** @param more answers of a test's own, by path */
export async function startMisbehavingServer(more: Readonly<Record<string, Answer>> = {}): Promise<MisbehavingServer> {
  const requests: IncomingMessage[] = []
  const all = { ...answers, ...more }
  const server = createServer((request, response) => {
    response.on('close', () => response.writableEnded || server.emit('abandoned'))
    requests.push(request)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server')
    const answer = all[pathname]
    if (answer === undefined) response.writeHead(404).end('no such page')
    else answer(request, response, searchParams)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${portOf(server)}`
  return {
    host,
    url: (path) => `http://${host}${path}`,
    requests,
    abandoned: () => once(server, 'abandoned'),
    close: () => close(server),
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port')
  return address.port
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
