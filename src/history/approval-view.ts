// An approval as those see it who are asked, with a key or by a signed link: what is asked, whether it still may be answered, and how
// it was. Nothing else of the execution is shown.
import { answerAt } from '../core/begin-wait.ts'
import { findApproval } from '../core/deliver.ts'
import { stateOf } from '../core/instance.ts'
import { isJsonObject, type JsonObject } from '../core/json.ts'
import type { ApprovalAnswer, ExecutionState, ExecutionStatus, NodeState } from '../core/state.ts'
import { executionStatus } from './execution-status.ts'
import { isoTime } from './iso-time.ts'

export interface ApprovalView {
  readonly execution_id: string
  readonly execution_status: ExecutionStatus
  readonly epoch: number
  /** Path of the node. */
  readonly node_id: string
  /** `early`: it is not asked yet, and may be answered all the same. `closed`: it was not answered, and cannot be any more. */
  readonly status: 'early' | 'waiting' | 'answered' | 'closed'
  /** Null where it is not waited for. */
  readonly prompt: string | null
  /** JSON Schema of the answer's form; null where there is none. */
  readonly form: JsonObject | null
  /** ISO 8601 UTC: when it is given up; null: never, or it is not waited for. */
  readonly until: string | null
  readonly answer: (Pick<ApprovalAnswer, 'decision' | 'by' | 'via'> & { readonly at: string }) | null
}

/** Null where there is no approval at that path. */
export function viewApproval(state: ExecutionState, path: string): ApprovalView | null {
  const instance = findApproval(state, path)
  if (instance === null) return null
  const node = stateOf(state, instance)
  const answer = answerAt(state, path)
  const { form = null } = instance.node.definition.config
  const wait = node.status === 'waiting' && node.on.kind === 'approval' ? node : null
  return {
    execution_id: state.identity.executionId,
    execution_status: executionStatus(state),
    epoch: state.epoch,
    node_id: path,
    status: answer === null ? openStatus(state, node) : 'answered',
    prompt: wait?.on.kind === 'approval' ? wait.on.prompt : null,
    form: isJsonObject(form) ? form : null,
    until: wait === null || wait.resumeAt === null ? null : isoTime(wait.resumeAt),
    answer: answer === null ? null : { decision: answer.decision, by: answer.by, via: answer.via, at: isoTime(answer.at) },
  }
}

function openStatus({ phase }: ExecutionState, { status }: NodeState): 'early' | 'waiting' | 'closed' {
  if (phase.status !== 'open') return 'closed'
  return status === 'waiting' ? 'waiting' : status === 'pending' ? 'early' : 'closed'
}
