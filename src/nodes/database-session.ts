// What ends a conversation with a database from outside: the attempt's signal, a server that takes too long to let in, and one that
// sends more than a node may read. Drivers race every step against it, because they themselves hear of none of these.
import type { EventEmitter } from 'node:events'
import { AttemptError, connectionFailure } from '../core/attempt-error.ts'
import { MAX_DATABASE_CONNECT_MS, MAX_GOODBYE_MS, MAX_QUERY_WIRE_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { DatabaseServer } from './database-url.ts'

export class DatabaseSession {
  readonly #server: DatabaseServer
  readonly #signal: AbortSignal
  readonly #stopped = Promise.withResolvers<never>()
  readonly #stopAtSignal = () => this.#stop(this.#signal.reason)
  #isStopped = false
  #bytes = 0
  #isPlain = false

  constructor(server: DatabaseServer, signal: AbortSignal) {
    this.#server = server
    this.#signal = signal
    this.#stopped.promise.catch(() => {})
    if (signal.aborted) this.#stopAtSignal()
    signal.addEventListener('abort', this.#stopAtSignal)
  }

  /** What the work gives, unless the session ends before. */
  until<T>(work: Promise<T>): Promise<T> {
    work.catch(() => {})
    return Promise.race([work, this.#stopped.promise])
  }

  /** The same for a connection that is being made, which has less time. */
  async untilConnected<T>(work: Promise<T>): Promise<T> {
    const slow = () => this.#stop(new Error('the server did not answer in time'))
    const timer = setTimeout(slow, MAX_DATABASE_CONNECT_MS)
    try {
      return await this.until(work)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Counts what a socket brings, in whatever form: also an answer that no driver has understood yet. */
  count(socket: EventEmitter): void {
    socket.on('data', (data: Uint8Array) => {
      this.#bytes += data.byteLength
      if (this.#bytes > MAX_QUERY_WIRE_BYTES) this.#stop(tooMuch())
    })
  }

  /** The server has said that it does no TLS. */
  refuseTls(): void {
    this.#isPlain = true
  }

  /** Nothing that comes from the server now can be understood. */
  breakOff(reason: unknown): void {
    this.#stop(reason)
  }

  /** What went wrong, where it was not the database that said no. */
  failure(thrown: unknown): AttemptError {
    if (thrown instanceof AttemptError) return thrown
    const { kind, host, port } = this.#server
    if (this.#isPlain) return noTls()
    return connectionFailure(thrown, this.#signal, `${kind}://${host.includes(':') ? `[${host}]` : host}:${port}`)
  }

  /** @param goodbye resolves when the other side has heard it; it gets none where it was stopped in the middle of something */
  async close(goodbye: () => Promise<unknown>, cut: () => unknown): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stopAtSignal)
    if (!this.#isStopped) await within(MAX_GOODBYE_MS, goodbye)
    cut()
  }

  #stop(reason: unknown): void {
    this.#isStopped = true
    this.#stopped.reject(reason)
  }
}

/** Last words: nobody waits for them any longer than this, and nothing comes of them. */
export async function within(ms: number, work: () => Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>()
  const timer = setTimeout(over.resolve, ms)
  try {
    await Promise.race([work(), over.promise])
  } catch {
    // Of a connection that is over, nothing more is to be known.
  } finally {
    clearTimeout(timer)
  }
}

const tooMuch = (): AttemptError =>
  new AttemptError(
    nodeError('RESPONSE_TOO_LARGE', `The database sends more than ${MAX_QUERY_WIRE_BYTES} bytes for one statement.`),
  )

/** Final: the server will not have learned it by the next attempt. */
function noTls(): AttemptError {
  const message =
    'The database server does no TLS. Where the network is trusted, sslmode=disable in the connection URL does without.'
  return new AttemptError(nodeError('NETWORK_ERROR', message))
}
