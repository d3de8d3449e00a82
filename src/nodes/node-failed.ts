// How the code of an inline node gives up from any depth: thrown inside `run`, caught by `inline-node.ts`, which hands the
// engine a failed result. It never leaves this folder.
import type { NodeError } from '../core/node-error.ts'
import { nodeError } from '../core/node-error.ts'

export class NodeFailed extends Error {
  override readonly name = 'NodeFailed'

  readonly error: NodeError

  constructor(error: NodeError) {
    super(error.message)
    this.error = error
  }
}

/** The failure of a node whose input it cannot work on. The message names the rule and the fix, never the value (payloads stay out of logs). */
export const inputInvalid = (message: string): NodeFailed => new NodeFailed(nodeError('INPUT_INVALID', message))
