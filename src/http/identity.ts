// Who asks, however it was proved: by the deployment's key, by a stored key or by a token.
import { ApiError, badRequest } from './errors.ts'

/** What a key may be good for. None includes another, but for `admin` (see `hasScope`). */
export const SCOPES = ['view', 'execute', 'edit', 'worker', 'metrics', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export const TIERS = ['standard', 'premium'] as const
export type Tier = (typeof TIERS)[number]

export interface Identity {
  /** The tenant of a request that names none. */
  readonly communityId: string
  readonly user: string
  /** Of the stored key; null for the deployment's own, and for tokens. */
  readonly keyId: string | null
  readonly scopes: readonly Scope[]
  readonly tier: Tier
  /** The deployment's own key: it may name any community. */
  readonly isAdmin: boolean
  /** Of a stream token: it is the permission to read this execution, and nothing else. */
  readonly onlyExecution?: string
}

/** The operator's name. No token is taken for a user of this name. */
export const ADMIN_USER = 'admin'

export const ADMIN: Identity = {
  communityId: 'default',
  user: ADMIN_USER,
  keyId: null,
  scopes: SCOPES,
  tier: 'premium',
  isAdmin: true,
}

/** Metrics are the whole deployment's, so that a tenant's `admin` does not imply them. */
export const hasScope = ({ scopes }: Identity, scope: Scope): boolean =>
  scopes.includes(scope) || (scope !== 'metrics' && scopes.includes('admin'))

/**
 * The community a request works in: the one it names, in its body or its query, which must be the key's own unless the key may name any.
 * @throws ApiError also where it names two: one of them would be worked in by mistake
 */
export function resolveCommunity(identity: Identity, ...named: readonly (string | undefined)[]): string {
  const names = named.filter((name) => name !== undefined)
  const foreign = names.find((name) => name !== identity.communityId)
  if (foreign !== undefined && !identity.isAdmin)
    throw new ApiError('PERMISSION_DENIED', `This key belongs to another community than ${foreign}`)
  const [communityId = identity.communityId, other = communityId] = names
  if (other !== communityId) throw badRequest('community_id', `The body names the community ${communityId}, the query ${other}`)
  return communityId
}
