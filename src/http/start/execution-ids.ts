// The ids a start tries, one after another until one is free. With an idempotency key they are a function of it, so that the
// same request finds the same execution.
import { canonicalJson } from '../../core/json.ts'
import { hmacSha256Hex } from '../digest.ts'
import { ApiError } from '../errors.ts'
import { MAX_ID_DRAWS } from '../limits.ts'

const ALL_ZERO = '0000000000000000'
const ID_LENGTH = 16

export interface IdempotencyScope {
  readonly communityId: string
  readonly workflowId: string | null
  readonly key: string
}

/** Ids from chance. */
export async function* randomIds(randomId: () => string): AsyncGenerator<string> {
  for (let draw = 0; draw < MAX_ID_DRAWS; draw++) {
    const id = randomId()
    if (id !== ALL_ZERO) yield id
  }
}

/** Ids from a key: the first 16 hex of HMAC-SHA256(secret, community, workflow, key, n) for n = 0, 1, … */
export async function* derivedIds(secret: string | undefined, scope: IdempotencyScope): AsyncGenerator<string> {
  if (!secret) {
    throw new ApiError('UNAVAILABLE', 'Idempotency-Key needs the secret ID_SECRET, which this deployment does not have')
  }
  for (let n = 0; n < MAX_ID_DRAWS; n++) {
    const text = canonicalJson([scope.communityId, scope.workflowId, scope.key, n])
    const id = (await hmacSha256Hex(secret, text)).slice(0, ID_LENGTH)
    if (id !== ALL_ZERO) yield id
  }
}
