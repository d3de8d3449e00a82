// An attempt's output as its execution will keep it: in the journal, or in R2 with a reference in its place. Called by
// `perform-attempt.ts` alone.
import { byteLength, type Json } from '../core/json.ts'
import { MAX_HANDED_OFF_OUTPUT_BYTES, MAX_OUTPUT_BYTES, MAX_PAYLOAD_VALUES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptResult } from '../core/node-type.ts'
import type { PayloadReference } from '../core/payload.ts'

/** Puts the text outside. A Worker that has run its longest attempt has 6 s left, of which settling takes 2. */
export type StoreOutput = (text: string) => Promise<PayloadReference>
const STORE_WITHIN_MS = 3_000

type Completed = Extract<AttemptResult, { readonly kind: 'completed' }>

/**
 * In the journal it is what JSON makes of it, so that an execution sees the same value before and after it is loaded again
 * (`1e999` parses to Infinity, which JSON does not have).
 */
export async function keepOutput(result: Completed, store: StoreOutput): Promise<AttemptResult> {
  const text = JSON.stringify(result.output)
  const size = byteLength(text)
  if (size <= MAX_OUTPUT_BYTES) return { ...result, output: JSON.parse(text) }
  if (size > MAX_HANDED_OFF_OUTPUT_BYTES)
    return tooLarge(`has ${size} bytes as JSON; at most ${MAX_HANDED_OFF_OUTPUT_BYTES} are kept`)
  if (hasMoreValues(result.output, MAX_PAYLOAD_VALUES))
    return tooLarge(`has more than ${MAX_PAYLOAD_VALUES} values; of more than ${MAX_OUTPUT_BYTES} bytes none with more is kept`)
  const tooLate = Promise.withResolvers<never>()
  const timer = setTimeout(() => tooLate.reject(new Error(`not stored within ${STORE_WITHIN_MS} ms`)), STORE_WITHIN_MS)
  try {
    const reference = await Promise.race([store(text), tooLate.promise])
    return { ...result, output: reference, payloads: [reference] }
  } catch {
    const message = `The output of ${size} bytes could not be stored.`
    return { kind: 'failed', error: nodeError('NETWORK_ERROR', message, { retryable: true }) }
  } finally {
    clearTimeout(timer)
  }
}

const tooLarge = (what: string): AttemptResult => ({
  kind: 'failed',
  error: nodeError('OUTPUT_TOO_LARGE', `The output ${what}.`),
})

/** Does not recurse. */
function hasMoreValues(value: Json, limit: number): boolean {
  let values = 1
  const open: Json[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue
    const members: readonly Json[] = Object.values(next)
    values += members.length
    if (values > limit) return true
    for (const member of members) if (typeof member === 'object' && member !== null) open.push(member)
  }
  return false
}
