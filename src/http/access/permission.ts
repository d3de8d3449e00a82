// Who stands above the permissions of workflows.
import { hasScope, type Identity } from '../identity.ts'

/** Whoever administrates a community has all its permissions. */
export const isAdministrator = (identity: Identity): boolean => hasScope(identity, 'admin')
