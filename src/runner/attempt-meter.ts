// Measures what an attempt takes, whatever becomes of it: its time, and the calls that leave by its fetch. Node types note what only
// they know. Made by `perform-attempt.ts` for each attempt.
import { byteLength, type JsonObject } from '../core/json.ts'
import { MAX_METADATA_TEXT_CHARACTERS } from '../core/limits.ts'
import type { GuardedFetch } from '../core/node-type.ts'
import { watchBody } from './watch-body.ts'

export class AttemptMeter {
  readonly #startedAt = Date.now()
  #noted: JsonObject = {}
  /** Of the last call. */
  #host: string | null = null
  #status: number | null = null
  #bytesOut = 0
  #bytesIn = 0

  note(metadata: JsonObject): void {
    this.#noted = { ...this.#noted, ...metadata }
  }

  /** Bodies are counted as they are sent and read: the headers are not, nor what a redirect sends again. */
  metered(fetch: GuardedFetch): GuardedFetch {
    return async (url, init) => {
      this.#host = URL.parse(url)?.host ?? null
      this.#status = null
      this.#bytesOut += sizeOf(init.body)
      const response = await fetch(url, init)
      this.#status = response.status
      return watchBody(response, (bytes) => {
        this.#bytesIn += bytes
      })
    }
  }

  /** @param given what the result tells; it wins. @param isTimed false where the clock of a Worker stands still: it does while it computes. */
  metadata(given: JsonObject = {}, isTimed = true): JsonObject {
    const told = { ...(isTimed && { latency_ms: Date.now() - this.#startedAt }), ...this.#calls(), ...this.#noted, ...given }
    return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]))
  }

  #calls(): JsonObject {
    if (this.#host === null) return {}
    const status = this.#status === null ? {} : { status: this.#status }
    return { host: this.#host, ...status, bytes_out: this.#bytesOut, bytes_in: this.#bytesIn }
  }
}

/** Some come from servers, as the name of a model does. */
const cut = (text: string): string => text.slice(0, MAX_METADATA_TEXT_CHARACTERS)

/** Bodies are text or bytes, as the guarded fetch wants them; of others nobody knows the size. */
function sizeOf(body: RequestInit['body'] | undefined): number {
  if (typeof body === 'string') return byteLength(body)
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? body.byteLength : 0
}
