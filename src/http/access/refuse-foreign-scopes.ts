// What an administrator of one community may not give away. The routes that show a new key ask it.
import { ApiError } from '../errors.ts'
import type { Identity, Scope } from '../identity.ts'

/** Metrics are the whole deployment's: only its own key gives them away. @throws ApiError */
export function refuseForeignScopes(identity: Identity, scopes: readonly Scope[]): void {
  if (identity.isAdmin || !scopes.includes('metrics')) return
  throw new ApiError(
    'PERMISSION_DENIED',
    "The scope metrics shows every community's figures: only the deployment's own key gives it",
  )
}
