// PostgreSQL compiled to WebAssembly, listening on loopback: in a thread of its own, because a statement blocks its thread.
import { parentPort } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const server = new PGLiteSocketServer({ db: await PGlite.create(), port: 0, maxConnections: 8 })
await server.start()
parentPort?.postMessage(Number(server.getServerConn().split(':').at(-1)))
