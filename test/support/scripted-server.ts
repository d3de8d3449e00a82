// A TCP server on loopback that says what a test tells it to, whatever it hears.
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

export interface ScriptedServer {
  /** `127.0.0.1:<port>`. */
  readonly host: string
  /** Connections that are open. */
  readonly open: () => number
  readonly close: () => Promise<void>
}

/** @param talk what it does with each connection */
export async function startScriptedServer(talk: (socket: Socket) => unknown): Promise<ScriptedServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    talk(socket)
    // Who does not read does not hear the end either.
    socket.resume()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: `127.0.0.1:${address.port}`,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A message of PostgreSQL's protocol: its type, its length, its body. */
export function postgresMessage(type: string, body: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeUInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

/** As PostgreSQL says no. */
export const postgresError = (code: string, message: string): Buffer =>
  postgresMessage('E', `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`)
