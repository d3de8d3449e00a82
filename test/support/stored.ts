// Workflows that are stored, for those that start them.
import { env } from 'cloudflare:workers'
import { configHash } from '../../src/core/config-hash.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { createWorkflowStore } from '../../src/history/workflow-store.ts'
import { workflow } from './run.ts'

const store = createWorkflowStore(env.DB)

/** Stores a version of a workflow in the community `default`. */
export async function storeWorkflow(workflowId: string, definition: JsonObject): Promise<void> {
  const canonical = { ...workflow(definition), workflow_id: workflowId }
  const version = {
    communityId: 'default',
    workflowId,
    definition: canonical,
    configHash: configHash(canonical),
    // Who starts the executions of the tests.
    by: 'admin',
    now: Date.now(),
  }
  if ((await store.create(version)) === null) await store.addVersion(version)
}

export const removeWorkflow = (workflowId: string): Promise<boolean> => store.remove('default', workflowId, Date.now())
