// How much of what is kept is whose: characters of JSON that a state holds because of one node. The fold adds them up, and what
// would go beyond the bound of an execution fails instead.
import { jsonLength } from './json.ts'
import { MAX_ERROR_PAST_BOUND_CHARACTERS, MAX_KEPT_CHARACTERS } from './limits.ts'
import type { NodeError } from './node-error.ts'
import type { LoopPlan } from './node-type.ts'
import type { ApprovalAnswer, ExecutionState, NodeState } from './state.ts'

/** A loop's list is not among them, which stays the same while the node's state changes with every iteration. */
export function keptBy(node: NodeState): number {
  switch (node.status) {
    case 'running':
      return jsonLength(node.config)
    case 'retrying':
      return jsonLength(node.config) + jsonLength(node.error)
    case 'waiting':
      return jsonLength(node.config) + jsonLength(node.on)
    case 'failed':
      // Whoever tells this failure once more, such as the iteration that ends by it, shares it.
      return jsonLength(node.error)
    case 'completed': {
      const assigned = node.assigned === null ? 0 : jsonLength(node.assigned.values)
      // What a loop gives is what its iterations have given: it is kept once.
      return assigned + (node.loop === null ? jsonLength(node.output) + jsonLength(node.portOutputs) : 0)
    }
    default:
      return 0
  }
}

/** From its beginning on, also when the loop has ended. */
export const keptByPlan = (plan: LoopPlan): number => jsonLength(plan.kind === 'each' ? plan.items : plan.initial)

/** What was said with an answer, which may come long before its node asks. */
export const keptByAnswer = ({ comment, form }: Pick<ApprovalAnswer, 'comment' | 'form'>): number =>
  jsonLength(comment) + jsonLength(form)

/** The rule that so much more would break; null where it would not. */
export const keptTooMuch = ({ keptCharacters }: Pick<ExecutionState, 'keptCharacters'>, more: number): string | null =>
  keptCharacters + more <= MAX_KEPT_CHARACTERS
    ? null
    : `all outputs, failures, lists of loops and configs under way of an execution are at most ${MAX_KEPT_CHARACTERS} characters of JSON`

/** The error itself while there is room for it. A node fails in any case, so past the bound there is a short one: the cause goes, the message is cut. */
export function errorWithinBound(state: Pick<ExecutionState, 'keptCharacters'>, error: NodeError): NodeError {
  const characters = jsonLength(error)
  if (characters <= MAX_ERROR_PAST_BOUND_CHARACTERS || keptTooMuch(state, characters) === null) return error
  const { cause: _cause, ...told } = error
  return { ...told, message: error.message.slice(0, MAX_ERROR_PAST_BOUND_CHARACTERS / 2) }
}
