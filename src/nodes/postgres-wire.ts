// Looks at what a PostgreSQL server sends before the driver reads it. The driver trusts its server: in an error or a notice without an
// end it looks for that end for ever, which stops the whole isolate, and what it throws over other bytes is heard by nobody.
import type { EventEmitter } from 'node:events'
import type { Connection } from 'pg'

type Listener = (data: Buffer) => void

/** What the library's connection hears its stream by, as of pg 8.23: once, or again when TLS has been put in between. */
interface Listening {
  attachListeners(stream: { on(event: string, listener: Listener): unknown }): void
}

/** To be called before it connects. @param fail hears why the server cannot be understood; after that nothing more of it is read */
export function guardMessages(connection: Connection, fail: (thrown: unknown) => void): void {
  const listening = connection as unknown as Listening
  const attach = listening.attachListeners.bind(connection)
  const guarded = (stream: EventEmitter) => ({
    on: (event: string, listener: Listener) => stream.on(event, event === 'data' ? guard(listener, fail) : listener),
  })
  Object.assign(connection, { attachListeners: (stream: EventEmitter) => attach(guarded(stream)) })
}

function guard(listener: Listener, fail: (thrown: unknown) => void): Listener {
  const messages = new PostgresMessages()
  let isBroken = false
  return (data) => {
    if (isBroken) return
    try {
      messages.check(data)
      listener(data)
    } catch (thrown) {
      isBroken = true
      fail(thrown)
    }
  }
}

/** Type, and length without it (PostgreSQL manual, 55.1). */
const HEAD_BYTES = 5
/** Errors and notices. */
const TOLD = new Set(['E', 'N'].map((type) => type.charCodeAt(0)))

/** Where messages begin and end, in whatever pieces they come. */
class PostgresMessages {
  #head = Buffer.alloc(0)
  /** Bytes of the message that have not come. */
  #left = 0
  /** Of an error or a notice, what has. */
  #told: Buffer[] | null = null

  /** @throws Error at what the driver must not read */
  check(data: Buffer): void {
    let at = 0
    while (at < data.length) {
      const isHead = this.#head.length < HEAD_BYTES
      const part = data.subarray(at, at + (isHead ? HEAD_BYTES - this.#head.length : this.#left))
      at += part.length
      if (isHead) this.#begin(part)
      else this.#goOn(part)
      if (this.#head.length === HEAD_BYTES && this.#left === 0) this.#end()
    }
  }

  #begin(part: Buffer): void {
    this.#head = Buffer.concat([this.#head, part])
    if (this.#head.length < HEAD_BYTES) return
    // The length counts itself.
    this.#left = this.#head.readUInt32BE(1) - 4
    if (this.#left < 0) throw unreadable()
    this.#told = TOLD.has(this.#head[0] ?? 0) ? [] : null
  }

  #goOn(part: Buffer): void {
    this.#left -= part.length
    this.#told?.push(part)
  }

  #end(): void {
    if (this.#told !== null && !isEnded(Buffer.concat(this.#told))) throw unreadable()
    this.#head = Buffer.alloc(0)
  }
}

/** Fields, each a letter and a text that a zero ends; a zero in the place of a letter ends them all. */
function isEnded(fields: Buffer): boolean {
  let at = 0
  while (at < fields.length && fields[at] !== 0) {
    const end = fields.indexOf(0, at + 1)
    if (end === -1) return false
    at = end + 1
  }
  return at < fields.length
}

const unreadable = (): Error => new Error('the server sends what is no message of PostgreSQL')
