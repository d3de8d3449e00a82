// A wire that can be cut: passes bytes on to a server of this machine, until it is told to drop what is connected.
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  /** `http://127.0.0.1:<port>` */
  readonly base: string
  /** Breaks every connection there is, and as many new ones as `more` says; then they pass again. */
  cut(more?: number): void
  close(): Promise<void>
}

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket, other: () => Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      other().destroy()
    })
  }
  let dropped = 0
  const server = createServer((near) => {
    if (dropped > 0) {
      dropped -= 1
      near.resetAndDestroy()
      return
    }
    const far = connect(Number(port), hostname)
    keep(near, () => far)
    keep(far, () => near)
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const cut = (more = 0) => {
    dropped = more
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    base: `http://127.0.0.1:${address.port}`,
    cut,
    async close() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
