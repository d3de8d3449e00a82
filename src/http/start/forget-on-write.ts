// A workflow store whose changes count at once for the starts of this isolate.
import type { NewVersion, WorkflowStore } from '../../history/workflow-store.ts'

export function forgetOnWrite(store: WorkflowStore, forget: (communityId: string, workflowId: string) => void): WorkflowStore {
  // Afterwards, not before: a start in between may have read the old version.
  const told = <Answer>({ communityId, workflowId }: Pick<NewVersion, 'communityId' | 'workflowId'>, written: Promise<Answer>) =>
    written.finally(() => forget(communityId, workflowId))
  return {
    get: store.get,
    list: store.list,
    definitions: store.definitions,
    versions: store.versions,
    create: (workflow, asAdmin) => told(workflow, store.create(workflow, asAdmin)),
    addVersion: (workflow, onlyOver) => told(workflow, store.addVersion(workflow, onlyOver)),
    remove: (communityId, workflowId, now, onlyOver) =>
      told({ communityId, workflowId }, store.remove(communityId, workflowId, now, onlyOver)),
  }
}
