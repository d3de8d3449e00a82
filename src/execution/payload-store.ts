// Outputs that lie in R2, as the object of an execution deals with them: loads what a decision asks for, takes over what a child
// gave, and removes everything at the end. R2 that cannot be reached is tried again, then the caller's problem.
import { createHash } from 'node:crypto'
import type { ChildEnd } from '../core/command.ts'
import { isJsonAbove, type Json } from '../core/json.ts'
import { MAX_OUTPUT_BYTES } from '../core/limits.ts'
import {
  type HeldPayload,
  type LoadedPayloads,
  NO_PAYLOADS,
  PayloadsMissing,
  payloadKey,
  payloadPrefix,
} from '../core/payload.ts'
import { storePayload } from '../runner/store-payload.ts'

export type PayloadBucket = Pick<R2Bucket, 'get' | 'put' | 'list' | 'delete'>

const TRIES = 3
const PAUSE_MS = 250
/** One request to R2 that takes longer counts as failed. */
const REQUEST_WITHIN_MS = 10_000

export class PayloadStore {
  readonly #bucket: () => PayloadBucket
  /** Ends when nothing loaded is held any more. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(bucket: () => PayloadBucket) {
    this.#bucket = bucket
  }

  /**
   * Does synchronous work, at once where it needs nothing from outside. Else it is done over, with what it asked for; one such work
   * at a time, for all that is loaded is in memory. @throws what R2 throws
   */
  async provide<T>(executionId: string, work: (payloads: LoadedPayloads) => T): Promise<T> {
    try {
      return work(NO_PAYLOADS)
    } catch (thrown) {
      if (!(thrown instanceof PayloadsMissing)) throw thrown
      const done = this.#last.then(() => this.#loadAndDo(executionId, work, thrown.payloads))
      this.#last = done.catch(() => undefined)
      return done
    }
  }

  async #loadAndDo<T>(executionId: string, work: (payloads: LoadedPayloads) => T, first: readonly HeldPayload[]): Promise<T> {
    const loaded = new Map<string, { readonly value: Json } | 'lost'>()
    for (let missing = first; ; ) {
      for (const payload of missing) loaded.set(payload.$payload, await this.#load(executionId, payload))
      try {
        return work(loaded)
      } catch (thrown) {
        if (!(thrown instanceof PayloadsMissing)) throw thrown
        missing = thrown.payloads
      }
    }
  }

  /** Whatever lies there instead of the value is no better than nothing. */
  async #load(executionId: string, { $payload: hash, size, owner = executionId }: HeldPayload) {
    const bytes = await persistently(async () => {
      const object = await this.#bucket().get(payloadKey(owner, hash))
      return object === null || object.size !== size ? null : new Uint8Array(await object.arrayBuffer())
    })
    if (bytes === null || createHash('sha256').update(bytes).digest('hex') !== hash) return 'lost'
    // Text of that hash was made by `JSON.stringify`.
    return { value: JSON.parse(new TextDecoder().decode(bytes)) as Json }
  }

  /** A child's end, with what its output refers to lying under this execution; the child's own objects go when it goes. */
  async adopt(executionId: string, child: string, end: ChildEnd): Promise<ChildEnd> {
    if (end.status !== 'completed' || end.payloads === undefined) return end
    for (const payload of end.payloads) await this.#copy(executionId, child, payload)
    return { ...end, payloads: end.payloads.map(({ owner: _owner, ...payload }) => payload) }
  }

  async #copy(executionId: string, child: string, { $payload: hash, owner = child }: HeldPayload): Promise<void> {
    if (owner === executionId) return
    await persistently(async () => {
      const object = await this.#bucket().get(payloadKey(owner, hash))
      // Where it is gone, whoever reads it here is told so.
      if (object !== null) await this.#bucket().put(payloadKey(executionId, hash), object.body, { sha256: hash })
    })
  }

  /** A child of several ends may give more than a node's event may hold. What refers to something cannot itself lie outside. */
  async putAside(executionId: string, end: ChildEnd): Promise<ChildEnd> {
    if (end.status !== 'completed' || end.payloads !== undefined || !isJsonAbove(end.output, MAX_OUTPUT_BYTES)) return end
    const stored = await persistently(() => storePayload(this.#bucket(), executionId, JSON.stringify(end.output)))
    return { status: 'completed', output: stored, payloads: [stored] }
  }

  /** @throws what R2 throws: some may be left */
  async removeAll(executionId: string): Promise<void> {
    for (let more = true; more; ) {
      const { objects, truncated } = await this.#bucket().list({ prefix: payloadPrefix(executionId) })
      if (objects.length > 0) await this.#bucket().delete(objects.map(({ key }) => key))
      more = truncated
    }
  }
}

async function persistently<T>(request: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    // A timer that nobody waits for any more would keep the object awake.
    const answered = new AbortController()
    try {
      return await Promise.race([request(), tooLate(answered.signal)])
    } catch (error) {
      if (tries === TRIES) throw error
      await scheduler.wait(PAUSE_MS * tries)
    } finally {
      answered.abort()
    }
  }
}

async function tooLate(signal: AbortSignal): Promise<never> {
  await scheduler.wait(REQUEST_WITHIN_MS, { signal })
  throw new Error(`R2 gave no answer within ${REQUEST_WITHIN_MS} ms`)
}
