// Puts a value that is too large for a journal into R2, under its execution.
import { createHash, randomUUID } from 'node:crypto'
import { byteLength } from '../core/json.ts'
import { type PayloadReference, payloadKey } from '../core/payload.ts'

/** @param text what `JSON.stringify` gave; the same text lies at the same place. @throws what R2 throws */
export async function storePayload(bucket: Pick<R2Bucket, 'put'>, executionId: string, text: string): Promise<PayloadReference> {
  const hash = createHash('sha256').update(text).digest('hex')
  await bucket.put(payloadKey(executionId, hash), text, { sha256: hash })
  return { $payload: hash, size: byteLength(text), mark: randomUUID() }
}
