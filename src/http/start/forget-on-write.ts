// A workflow store whose changes count at once for the starts of this isolate.
import type { NewVersion, WorkflowStore } from '../../history/workflow-store.ts'

export function forgetOnWrite(store: WorkflowStore, forget: (communityId: string, workflowId: string) => void): WorkflowStore {
  // Afterwards, not before: a start in between may have read the old version.
  const writing = (write: (workflow: NewVersion) => ReturnType<WorkflowStore['create']>) => async (workflow: NewVersion) =>
    write(workflow).finally(() => forget(workflow.communityId, workflow.workflowId))
  return {
    get: store.get,
    list: store.list,
    versions: store.versions,
    create: writing(store.create),
    addVersion: writing(store.addVersion),
    remove: (communityId, workflowId, now) =>
      store.remove(communityId, workflowId, now).finally(() => forget(communityId, workflowId)),
  }
}
