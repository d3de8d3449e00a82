// Commands: what may be asked of an execution. Late, duplicate and unknown ones are answered as named no-ops.
import type { WorkflowDefinition } from './definition.ts'
import type { ExecutionIdentity } from './event.ts'
import type { JsonObject } from './json.ts'
import type { AttemptResult } from './node-type.ts'

export type Command =
  | {
      readonly type: 'start'
      readonly identity: ExecutionIdentity
      readonly definition: WorkflowDefinition
      readonly inputs: JsonObject
    }
  /** The result of an attempt. The first accepted wins. */
  | {
      readonly type: 'settle'
      readonly epoch: number
      readonly node: string
      readonly attempt: number
      readonly result: AttemptResult
    }
  /** A queue consumer takes up an attempt that is too long for a Runner. */
  | { readonly type: 'claim'; readonly epoch: number; readonly node: string; readonly attempt: number }
  /** Time passed: handles every lease, timer and deadline that is due, and goes on where a transition stopped at its step limit. */
  | { readonly type: 'wake' }
  | { readonly type: 'cancel'; readonly by: string; readonly reason: string | null }

/** Why a command changed nothing. */
export type NoOp =
  | 'ALREADY_STARTED'
  | 'NOT_STARTED'
  | 'ALREADY_FINISHED'
  | 'UNKNOWN_NODE'
  | 'NOT_RUNNING'
  | 'SUPERSEDED_EPOCH'
  | 'SUPERSEDED_ATTEMPT'
  | 'ALREADY_CLAIMED'
  | 'NOTHING_DUE'
