// The rule of who may do what with a stored workflow: its owner everything, others what is granted to them or to their key. Pure.
import type { StoredAccess } from './grant-store.ts'

export type Permission = 'can_view' | 'can_execute' | 'can_edit'

/** Whose grants count. */
export interface Caller {
  readonly user: string
  /** Of the stored key; null where none was used. */
  readonly keyId: string | null
}

/** What is granted to these is granted to the caller. */
export const granteesOf = ({ user, keyId }: Caller): readonly string[] => [
  `user:${user}`,
  ...(keyId === null ? [] : [`key:${keyId}`]),
]

export const isOwner = ({ user }: Pick<Caller, 'user'>, { owner }: Pick<StoredAccess, 'owner'>): boolean => owner === user

export function isPermitted(caller: Caller, permission: Permission, access: Pick<StoredAccess, 'owner' | 'grants'>): boolean {
  const grantees = granteesOf(caller)
  return isOwner(caller, access) || access.grants.some((grant) => grant[permission] && grantees.includes(grant.grantee))
}
