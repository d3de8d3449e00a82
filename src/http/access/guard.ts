// Decides whether a caller may do what a route is for: by the scopes of the key, and by the permissions on the workflow or on the
// workflow of the execution. Everything not allowed is refused; another community's things do not exist.
import type { AccessReach } from '../../history/access-reach.ts'
import type { ExecutionOrigin } from '../../history/execution-origin.ts'
import type { StoredAccess } from '../../history/grant-store.ts'
import { granteesOf, isOwner, isPermitted, type Permission } from '../../history/permission.ts'
import type { KeyAccess } from '../api-route.ts'
import { ApiError, executionNotFound, workflowNotFound } from '../errors.ts'
import { hasScope, type Identity } from '../identity.ts'
import { isAdministrator } from './permission.ts'

export interface GuardDeps {
  /** Also of a workflow that was deleted. Null where the community never had it. */
  findAccess(communityId: string, workflowId: string): Promise<StoredAccess | null>
  findOrigin(communityId: string, executionId: string): Promise<ExecutionOrigin | null>
}

export interface Guard {
  /** `id`: of what the route is about, from its path. @throws ApiError 403 or 404 */
  require(identity: Identity, access: KeyAccess, id: string | undefined): Promise<void>
  /** For a workflow that the body names. @throws ApiError 403, and 404 where there is none */
  requireWorkflow(identity: Identity, communityId: string, workflowId: string, permission: Permission): Promise<void>
  /** The same for a name that may belong to a stored workflow. @throws ApiError 403 */
  requireLabel(identity: Identity, communityId: string, label: string, permission: Permission): Promise<void>
  /** For what a body asks beside what the route is for. @throws ApiError 403 or 404 */
  requireExecution(identity: Identity, executionId: string, permission: Permission): Promise<void>
  /** What lists and searches may show or touch; undefined: everything of the community. */
  reachOf(identity: Identity, permission: Permission): AccessReach | undefined
}

export function createGuard({ findAccess, findOrigin }: GuardDeps): Guard {
  /** @throws ApiError where there is none now */
  async function mustFind(communityId: string, workflowId: string): Promise<StoredAccess> {
    const access = await findAccess(communityId, workflowId)
    if (access === null || access.isDeleted) throw workflowNotFound(workflowId)
    return access
  }

  async function requireWorkflow(identity: Identity, communityId: string, workflowId: string, permission: Permission) {
    if (identity.isAdmin) return
    assertPermitted(identity, permission, await mustFind(communityId, workflowId))
  }

  async function requireOwner(identity: Identity, workflowId: string) {
    if (identity.isAdmin) return
    const access = await mustFind(identity.communityId, workflowId)
    if (!isAdministrator(identity) && !isOwner(identity, access)) throw denied('You are not the owner of this workflow')
  }

  async function requireExecution(identity: Identity, executionId: string, permission: Permission) {
    // The operator may name any community, and says which in what the handler reads.
    if (identity.isAdmin) return
    const { communityId } = identity
    const origin = await findOrigin(communityId, executionId)
    if (origin === null) throw executionNotFound(executionId)
    if (isAdministrator(identity)) return
    const { workflowId, isStored, startedBy } = origin
    if (!isStored || workflowId === null) {
      if (startedBy !== identity.user) throw denied('This execution of an inline definition was started by somebody else')
      return
    }
    const access = await findAccess(communityId, workflowId)
    if (access === null) throw denied(refusal(permission))
    assertPermitted(identity, permission, access)
  }

  return {
    requireWorkflow,
    requireExecution,
    async require(identity, { scope, on }, id = '') {
      if (!hasScope(identity, scope)) throw denied(missingScope(identity, scope))
      if (identity.onlyExecution !== undefined) return requireOnly(identity.onlyExecution, on, id)
      if (on === undefined) return
      if (on === 'own workflow') return requireOwner(identity, id)
      const permission = permissionFor(scope)
      if (on === 'execution') return requireExecution(identity, id, permission)
      return requireWorkflow(identity, identity.communityId, id, permission)
    },
    async requireLabel(identity, communityId, label, permission) {
      if (isAdministrator(identity)) return
      const access = await findAccess(communityId, label)
      if (access !== null && !access.isDeleted) assertPermitted(identity, permission, access)
    },
    reachOf: (identity, permission) =>
      isAdministrator(identity) ? undefined : { user: identity.user, grantees: granteesOf(identity), permission },
  }
}

function requireOnly(executionId: string, on: KeyAccess['on'], id: string): void {
  if (on !== 'execution' || id !== executionId) throw denied(`This stream token is for execution ${executionId} alone`)
}

const denied = (message: string): ApiError => new ApiError('PERMISSION_DENIED', message)

const missingScope = ({ scopes }: Identity, scope: string): string =>
  `This needs the scope ${scope}; the key has ${scopes.length === 0 ? 'none' : scopes.join(', ')}`

function permissionFor(scope: KeyAccess['scope']): Permission {
  if (scope === 'view' || scope === 'execute' || scope === 'edit') return `can_${scope}`
  throw new TypeError(`no workflow has a permission for the scope ${scope}`)
}

const VERBS = { can_view: 'view', can_execute: 'execute', can_edit: 'edit' } as const

const refusal = (permission: Permission): string => `You do not have permission to ${VERBS[permission]} this workflow`

function assertPermitted(identity: Identity, permission: Permission, access: StoredAccess): void {
  if (isAdministrator(identity) || isPermitted(identity, permission, access)) return
  throw denied(refusal(permission))
}
