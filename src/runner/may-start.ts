// Whether an execution may start a stored workflow by itself. Without this, whoever may run a definition could run, and read the result
// of, every workflow of the community through it.
import type { ExecutionIdentity } from '../core/event.ts'
import type { StoredAccess } from '../history/grant-store.ts'
import { isPermitted } from '../history/permission.ts'

/** Of the execution that starts the other. */
export type Starter = Pick<ExecutionIdentity, 'communityId' | 'triggeredBy' | 'authority'>

export type FindAccess = (communityId: string, workflowId: string) => Promise<StoredAccess | null>

/**
 * True where whoever started the execution may execute that workflow, or the owner of the stored workflow that the execution is of:
 * what a workflow is made of is its owner's business, not its callers'. Also true where there is no such workflow, which is for others
 * to say.
 */
export async function mayStart(
  { communityId, triggeredBy, authority = {} }: Starter,
  workflowId: string,
  findAccess: FindAccess,
): Promise<boolean> {
  const { isAdmin, key, workflow } = authority
  if (isAdmin === true || workflow === workflowId) return true
  const wanted = await findAccess(communityId, workflowId)
  if (wanted === null || isPermitted({ user: triggeredBy, keyId: key ?? null }, 'can_execute', wanted)) return true
  const own = workflow === undefined ? null : await findAccess(communityId, workflow)
  return own !== null && isPermitted({ user: own.owner, keyId: null }, 'can_execute', wanted)
}

export const startRefused = (workflowId: string): string =>
  `Neither who started this execution nor the owner of its workflow may execute the workflow ${workflowId}.`
