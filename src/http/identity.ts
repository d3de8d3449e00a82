// Who asks. The admin key is the only source today; API keys and tokens make the same shape.
import { ApiError } from './errors.ts'

export type Scope = 'view' | 'execute' | 'edit' | 'admin'

export interface Identity {
  /** The tenant of a request that names none. */
  readonly communityId: string
  readonly user: string
  readonly scopes: readonly Scope[]
  /** May name any community. */
  readonly isAdmin: boolean
}

export const ADMIN: Identity = {
  communityId: 'default',
  user: 'admin',
  scopes: ['view', 'execute', 'edit', 'admin'],
  isAdmin: true,
}

/** The community a request works in: the one it names, which must be the key's own unless the key may name any. */
export function resolveCommunity(identity: Identity, named: string | undefined): string {
  if (named === undefined || named === identity.communityId || identity.isAdmin) return named ?? identity.communityId
  throw new ApiError('PERMISSION_DENIED', `This key belongs to another community than ${named}`)
}
