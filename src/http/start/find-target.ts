// What a start names: a stored workflow, or a definition of its own.
import type { RouteDeps } from '../deps.ts'
import { badRequest } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { storedTarget } from './find-workflow.ts'
import type { StartBody } from './start-body.ts'
import type { StartTarget } from './start-execution.ts'

/** The members of a body by which a start names what is to run. */
export interface NamedTarget extends Pick<StartBody, 'version'> {
  readonly workflow_id?: string | undefined
  readonly workflow?: unknown
}

type TargetDeps = Pick<RouteDeps, 'findWorkflow' | 'checkDefinition' | 'guard'>

/** Who starts it, and where. */
interface Starter {
  readonly identity: Identity
  readonly communityId: string
}

/** @throws ApiError where it names none, two, or one that is not there, not valid, or not for this caller to execute */
export async function findTarget(deps: TargetDeps, named: NamedTarget, { identity, communityId }: Starter): Promise<StartTarget> {
  const { workflow, workflow_id: id, version } = named
  if (workflow === undefined) {
    if (id === undefined) throw badRequest('workflow_id', 'Give workflow_id, or a workflow')
    await deps.guard.requireWorkflow(identity, communityId, id, 'can_execute')
    return storedTarget(await deps.findWorkflow(communityId, id, version), version)
  }
  if (id !== undefined) throw badRequest('workflow_id', 'Give workflow_id or workflow, not both')
  if (version !== undefined) throw badRequest('version', 'An inline workflow has no versions')
  const { definition, configHash } = await deps.checkDefinition(workflow, 'workflow')
  const label = definition.workflow_id ?? null
  if (label !== null) await deps.guard.requireLabel(identity, communityId, label, 'can_execute')
  return { definition, configHash, workflowId: label, workflowVersion: null, versionAskedFor: null }
}
