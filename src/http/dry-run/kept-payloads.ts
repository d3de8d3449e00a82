// Where a dry run has outputs that are too large for a journal: in memory, and gone with it. In the place of R2.
import { createHash, randomUUID } from 'node:crypto'
import { byteLength, type Json } from '../../core/json.ts'
import type { LoadedPayloads, PayloadReference } from '../../core/payload.ts'

export class KeptPayloads {
  readonly #loaded = new Map<string, { readonly value: Json }>()

  get loaded(): LoadedPayloads {
    return this.#loaded
  }

  /** @param text what `JSON.stringify` gave */
  store(text: string): PayloadReference {
    const hash = createHash('sha256').update(text).digest('hex')
    if (!this.#loaded.has(hash)) this.#loaded.set(hash, { value: JSON.parse(text) })
    return { $payload: hash, size: byteLength(text), mark: randomUUID() }
  }
}
