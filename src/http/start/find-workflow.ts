// Finds the stored workflow that a start names. What was found serves the starts of the next moment, so that no database stands on
// the path of every start; a version stored elsewhere counts after that moment at the latest, one stored here at once.
import { canonicalJson, type JsonObject, jsonByteLength } from '../../core/json.ts'
import type { StoredWorkflow, WorkflowStore } from '../../history/workflow-store.ts'
import { BoundedMemo } from '../bounded-memo.ts'
import { ApiError, workflowNotFound } from '../errors.ts'
import { FRESH_DEFINITION_MS, MAX_CACHED_DEFINITION_BYTES } from '../limits.ts'
import type { StartTarget } from './start-execution.ts'

/** The latest version, or the one asked for. @throws ApiError `WORKFLOW_NOT_FOUND`, `UNAVAILABLE` */
export type FindWorkflow = (communityId: string, workflowId: string, version: number | undefined) => Promise<StoredWorkflow>

interface WorkflowFinder {
  readonly find: FindWorkflow
  /** All versions. To be called with every change that this isolate makes. */
  forget(communityId: string, workflowId: string): void
}

interface Found {
  readonly stored: StoredWorkflow
  readonly bytes: number
  /** When the database last said so, ms since the epoch. */
  readonly readAt: number
}

export function createWorkflowFinder(store: Pick<WorkflowStore, 'get'>, clock: () => number): WorkflowFinder {
  const memo = new BoundedMemo<Found>(MAX_CACHED_DEFINITION_BYTES)
  /** What the keys of all versions begin with; JSON's quotes keep one id from beginning another. */
  const prefixOf = (communityId: string, workflowId: string) => canonicalJson([communityId, workflowId])

  const find: FindWorkflow = async (communityId, workflowId, version) => {
    const key = `${prefixOf(communityId, workflowId)}${version ?? ''}`
    const known = memo.get(key)
    if (known !== undefined && clock() - known.readAt < FRESH_DEFINITION_MS) return known.stored
    const found = await store.get(communityId, workflowId, version).catch((error: unknown) => {
      // While D1 is down, starting what was the latest a moment ago is better than starting nothing; the execution tells its version.
      if (known === undefined || !(error instanceof ApiError && error.code === 'UNAVAILABLE')) throw error
      return known.stored
    })
    if (found === null) {
      memo.delete(key)
      throw workflowNotFound(workflowId, version)
    }
    const same = known?.stored.config_hash === found.config_hash
    const bytes = same ? known.bytes : definitionBytes(found)
    memo.set(key, { stored: found, bytes, readAt: clock() }, bytes)
    return found
  }
  return { find, forget: (communityId, workflowId) => memo.deletePrefix(prefixOf(communityId, workflowId)) }
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
