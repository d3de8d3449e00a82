// What travels on the history queue: an execution's record, and whom its end has to be told.
import { z } from 'zod'
import type { ExecutionState } from '../core/state.ts'
import { executionRecordSchema, type RecordMoments, toExecutionRecord } from './execution-record.ts'

/** The trigger of an execution that was started because another one failed. */
export const ERROR_WORKFLOW_TRIGGER = 'error_workflow'

export const historyMessageSchema = executionRecordSchema.extend({
  /** Id of the stored workflow that this failure starts; absent where there is none. */
  error_workflow: z.string().exactOptional(),
  /** Who has to be told of this end; absent where nobody asked for it. */
  callback_url: z.string().exactOptional(),
})
export type HistoryMessage = z.infer<typeof historyMessageSchema>

export function toHistoryMessage(state: ExecutionState, moments: RecordMoments): HistoryMessage {
  const errorWorkflow = errorWorkflowOf(state)
  const callbackUrl = callbackUrlOf(state)
  return {
    ...toExecutionRecord(state, moments),
    ...(errorWorkflow !== null && { error_workflow: errorWorkflow }),
    ...(callbackUrl !== null && { callback_url: callbackUrl }),
  }
}

/** Whom the failure of an execution starts. An error workflow that fails itself starts none, or it would go on for ever. */
function errorWorkflowOf({ phase, identity, graph }: ExecutionState): string | null {
  if (phase.status !== 'failed' || identity.triggerType === ERROR_WORKFLOW_TRIGGER) return null
  return graph.definition.settings?.error_workflow ?? null
}

/** Every end is told, that of each epoch. */
const callbackUrlOf = ({ phase, identity, graph }: ExecutionState): string | null =>
  phase.status === 'open' ? null : (identity.callbackUrl ?? graph.definition.settings?.callback_url ?? null)
