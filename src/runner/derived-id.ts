// Ids of executions that executions start: a function of what they are started for, so that starting twice starts once, and opaque
// where the deployment has a secret.
import { createHash, createHmac } from 'node:crypto'
import { canonicalJson } from '../core/json.ts'

const ALL_ZERO = '0000000000000000'

/** 16 hex. An empty secret is none. */
export function derivedId(secret: string | undefined, parts: readonly (string | number)[]): string {
  const digest = secret ? createHmac('sha256', secret) : createHash('sha256')
  const id = digest.update(canonicalJson(parts)).digest('hex').slice(0, ALL_ZERO.length)
  // The trace format reads all zeros as no id.
  return id === ALL_ZERO ? derivedId(secret, [...parts, 'again']) : id
}
