// Effects: imperatives for the shell. What a crash swallows is recovered from the state: an attempt by its lease, `continue` by
// the alarm.
export type Effect =
  /** Give this attempt to a Runner. */
  | { readonly type: 'node.run'; readonly node: string; readonly attempt: number }
  /** The attempt is too long for a Runner: send it to the task queue, whose consumer claims it. */
  | { readonly type: 'node.enqueue'; readonly node: string; readonly attempt: number }
  /** The node that waited for this child does so no more. */
  | { readonly type: 'child.cancel'; readonly executionId: string }
  /** The transition stopped at its step limit: send `wake` again. */
  | { readonly type: 'continue' }
