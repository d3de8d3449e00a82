// The name of a task for external workers: `<execution_id>.<node path>.<number>`, where the number is that of the event with which the
// node began to wait. It names one wait: another attempt, and another run of the node, is another task.
export interface TaskName {
  readonly executionId: string
  readonly node: string
  readonly since: number
}

export const formatTaskId = ({ executionId, node, since }: TaskName): string => `${executionId}.${node}.${since}`

const TASK_ID = /^([^.]+)\.(.+)\.([1-9]\d{0,14})$/

/** Null where the text is no such name. */
export function parseTaskId(text: string): TaskName | null {
  const [, executionId, node, since] = TASK_ID.exec(text) ?? []
  return executionId === undefined || node === undefined ? null : { executionId, node, since: Number(since) }
}
