// Takes one workflow in: stores it, or a version of it, or says why not. It throws nothing that is about this workflow alone.
import { isJsonObject } from '../core/json.ts'
import type { StoredWorkflow } from '../history/workflow-store.ts'
import { isAdministrator } from './access/permission.ts'
import type { RouteDeps } from './deps.ts'
import { ApiError, badRequest, type RequestIssue } from './errors.ts'
import type { Identity } from './identity.ts'
import { definitionIn, newVersion, workflowBodySchema } from './workflow-body.ts'

export interface ImportOrder {
  readonly value: unknown
  readonly index: number
  readonly identity: Identity
  readonly communityId: string
  readonly onConflict: 'version' | 'skip' | 'fail'
}

type Imported =
  | { readonly workflow_id: string; readonly outcome: 'created' | 'updated' | 'unchanged' | 'skipped'; readonly version: number }
  | {
      readonly workflow_id: string | null
      readonly outcome: 'refused'
      readonly error_code: string
      readonly message: string
      readonly issues: RequestIssue[]
    }

/** @throws ApiError 503 alone: then nothing is known of this one and those after it */
export async function importWorkflow(deps: RouteDeps, order: ImportOrder): Promise<Imported> {
  try {
    return await store(deps, order)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error
    const given = isJsonObject(order.value) ? order.value.workflow_id : null
    return {
      workflow_id: typeof given === 'string' ? given : null,
      outcome: 'refused',
      error_code: error.code,
      message: error.message,
      issues: [...error.issues],
    }
  }
}

async function store(deps: RouteDeps, { value, index, identity, communityId, onConflict }: ImportOrder): Promise<Imported> {
  const path = `workflows[${index}]`
  const body = workflowBodySchema.safeParse(value)
  if (!body.success) throw badRequest(path, `${path} is no workflow`)
  const { community_id: named = communityId } = body.data
  if (named !== communityId) throw badRequest(path, `${path} is of the community ${named}, the import of ${communityId}`)
  const { definition } = await deps.checkDefinition(definitionIn(body.data), path)
  const workflowId = definition.workflow_id ?? deps.randomId()
  const version = newVersion({ communityId, workflowId }, definition, identity, deps.clock())
  const created = await deps.workflows.create(version, isAdministrator(identity))
  if (created !== null) return show(created, 'created')
  await deps.guard.requireWorkflow(identity, communityId, workflowId, 'can_edit')
  const current = await deps.workflows.get(communityId, workflowId)
  if (onConflict === 'fail' || current === null) throw new ApiError('CONFLICT', `The id ${workflowId} is taken`)
  if (onConflict === 'skip') return show(current, 'skipped')
  const stored = await deps.workflows.addVersion(version)
  if (stored === null) throw new ApiError('CONFLICT', `The workflow ${workflowId} was deleted just now`)
  return show(stored, stored.version === current.version ? 'unchanged' : 'updated')
}

const show = (stored: StoredWorkflow, outcome: 'created' | 'updated' | 'unchanged' | 'skipped'): Imported => ({
  workflow_id: stored.workflow_id,
  outcome,
  version: stored.version,
})
