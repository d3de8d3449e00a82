// Finds the stored workflow that a start names: one D1 read per start, so that a new version counts at once.
import { canonicalJson, type JsonObject, jsonByteLength } from '../../core/json.ts'
import type { StoredWorkflow, WorkflowStore } from '../../history/workflow-store.ts'
import { BoundedMemo } from '../bounded-memo.ts'
import { ApiError, workflowNotFound } from '../errors.ts'
import { MAX_CACHED_DEFINITION_BYTES } from '../limits.ts'
import type { StartTarget } from './start-execution.ts'

/** The latest version, or the one asked for. @throws ApiError `WORKFLOW_NOT_FOUND`, `UNAVAILABLE` */
export type FindWorkflow = (communityId: string, workflowId: string, version: number | undefined) => Promise<StoredWorkflow>

export function createWorkflowFinder(store: Pick<WorkflowStore, 'get'>): FindWorkflow {
  // What was found last serves starts only while D1 is down: starting a version that was the latest a moment ago is better
  // than starting nothing, and the execution tells which version it runs.
  const lastFound = new BoundedMemo<StoredWorkflow>(MAX_CACHED_DEFINITION_BYTES)

  return async (communityId, workflowId, version) => {
    const key = canonicalJson([communityId, workflowId, version ?? null])
    const found = await store.get(communityId, workflowId, version).catch((error: unknown) => {
      const known = error instanceof ApiError && error.code === 'UNAVAILABLE' ? lastFound.get(key) : undefined
      if (known === undefined) throw error
      return known
    })
    if (found === null) {
      lastFound.delete(key)
      throw workflowNotFound(workflowId)
    }
    if (lastFound.get(key)?.version !== found.version) lastFound.set(key, found, definitionBytes(found))
    return found
  }
}

// A stored definition is JSON, whatever its type says about unknown keys.
const definitionBytes = ({ definition }: StoredWorkflow): number => jsonByteLength(definition as JsonObject)

export const storedTarget = (stored: StoredWorkflow, versionAskedFor: number | undefined): StartTarget => ({
  definition: stored.definition,
  configHash: stored.config_hash,
  workflowId: stored.workflow_id,
  workflowVersion: stored.version,
  versionAskedFor: versionAskedFor ?? null,
})
