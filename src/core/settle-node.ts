// Ends a node's run: with its output over its ports, with another attempt, or with a failure on the way that is open to it.
import { attemptsOf } from './apply.ts'
import type { FailureRoute } from './event.ts'
import { parseExpression } from './expression.ts'
import type { GraphNode } from './graph.ts'
import { errorValue, soleInput } from './inputs.ts'
import { isJsonAbove, type Json, type JsonObject, jsonLength } from './json.ts'
import { MAX_KEPT_OUTPUT_CHARACTERS, MAX_OUTPUT_BYTES, MAX_RETRY_AFTER_SECONDS, MAX_VARIABLES_BYTES } from './limits.ts'
import { type NodeError, nodeError } from './node-error.ts'
import { type NodeRun, takenEdgesOf, thrownError } from './node-run.ts'
import type { InlineResult } from './node-type.ts'
import { drawFrom, nextAttemptAt, retryPolicy } from './retry.ts'
import { withInput } from './scope.ts'
import type { Transition } from './transition.ts'

type Completion = Omit<Extract<InlineResult, { kind: 'completed' }>, 'kind'> & { readonly metadata?: JsonObject }

/** Takes the node's ports. An error in an edge's `when` fails the node instead, without a retry. */
export function completeNode(transition: Transition, run: NodeRun, result: Completion): void {
  const { node, inputs } = run
  const passesOn = result.output === soleInput(inputs, transition.draft.inputs)
  const tooLarge = whatIsTooLarge(transition, result, passesOn)
  if (tooLarge !== null) {
    routeFailure(transition, run, nodeError('OUTPUT_TOO_LARGE', `node ${node.id}: ${tooLarge}`))
    return
  }
  const ports = result.ports ?? node.type.ports(node.definition.config).slice(0, 1)
  const dead = deadEdges(
    transition,
    scopeAfter(transition, run, result),
    ports,
    (port) => result.portOutputs?.[port] ?? result.output,
  )
  if ('error' in dead) {
    routeFailure(transition, run, dead.error)
    return
  }
  transition.emit({
    type: 'node.completed',
    node: node.id,
    ...(passesOn ? {} : { output: result.output }),
    ...(result.ports === undefined ? {} : { ports: result.ports }),
    ...(result.portOutputs === undefined ? {} : { portOutputs: result.portOutputs }),
    ...deadEdgesOf(dead.edges),
    ...takenEdgesOf(run),
    ...(result.assign === undefined ? {} : { assign: result.assign }),
    ...(result.log === undefined ? {} : { log: result.log }),
    ...(result.metadata === undefined ? {} : { metadata: result.metadata }),
  })
}

/** The rule that a result breaks by its size, if it does. */
function whatIsTooLarge(
  { draft }: Transition,
  { output, portOutputs = {}, assign }: Completion,
  passesOn: boolean,
): string | null {
  const own = [...(passesOn ? [] : [output]), ...Object.values(portOutputs)]
  if (own.some((value) => isJsonAbove(value, MAX_OUTPUT_BYTES))) return `an output is at most ${MAX_OUTPUT_BYTES} bytes of JSON`
  if (assign !== undefined && isJsonAbove({ ...draft.variables, ...assign }, MAX_VARIABLES_BYTES))
    return `the variables of an execution are at most ${MAX_VARIABLES_BYTES} bytes of JSON`
  if (draft.keptCharacters + jsonLength(output) + jsonLength(portOutputs) > MAX_KEPT_OUTPUT_CHARACTERS)
    return `all outputs of an execution are at most ${MAX_KEPT_OUTPUT_CHARACTERS} characters of JSON`
  return null
}

/** A failed attempt: another one where the policy says so, else the failure's way. `rendered` where no event has carried the config yet. */
export function failNode(
  transition: Transition,
  run: NodeRun,
  error: NodeError,
  rendered: { readonly config?: JsonObject } = {},
): void {
  const { node } = run
  const { draft, now } = transition
  const before = transition.nodeState(node.id)
  const counts = attemptsOf(before)
  const attempt = before.status === 'running' ? counts.attempt : counts.attempt + 1
  const resumeAt = nextAttemptAt({
    policy: retryPolicy(node, draft.graph.definition),
    error,
    failures: counts.failures + 1,
    startedAt: 'startedAt' in before ? before.startedAt : now,
    now,
    draw: drawFrom(draft.identity.executionId, node.id, draft.epoch, attempt),
  })
  if (resumeAt === null) {
    routeFailure(transition, run, withRetryAfterCause(error))
    return
  }
  const first = before.status === 'running' || before.status === 'retrying' ? {} : { ...rendered, ...takenEdgesOf(run) }
  transition.emit({ type: 'node.retry_scheduled', node: node.id, attempt, error, resumeAt, ...first })
}

/** A server that asks to wait longer than is honoured: the failure says how long. */
const withRetryAfterCause = (error: NodeError): NodeError =>
  error.retry_after_seconds === undefined || error.retry_after_seconds <= MAX_RETRY_AFTER_SECONDS
    ? error
    : {
        ...error,
        cause: { retry_after_seconds: error.retry_after_seconds, ...(error.cause === undefined ? {} : { cause: error.cause }) },
      }

/** Over the error edge where one leaves the node, on with null where `on_error` says so, else up to the execution. */
export function routeFailure(transition: Transition, run: NodeRun, error: NodeError): void {
  const { node } = run
  const attempts = attemptsOf(transition.nodeState(node.id)).failures + 1
  const wanted = failureRoute(node)
  const value = wanted === 'error_port' ? errorValue({ ...error, attempts }) : null
  const ports =
    wanted === 'error_port' ? ['error'] : wanted === 'continue' ? [node.type.continuePort(node.definition.config) ?? ''] : []
  // A node that has used up its steps may still be caught.
  const evaluation = { ...run.evaluation, spent: { steps: 0 } }
  const dead = deadEdges(transition, { ...run, evaluation }, ports, () => value)
  const outcome =
    'error' in dead ? { route: 'execution' as const, error: dead.error, edges: [] } : { route: wanted, error, edges: dead.edges }
  transition.emit({
    type: 'node.failed',
    node: node.id,
    error: outcome.error,
    attempts,
    route: outcome.route,
    ...deadEdgesOf(outcome.edges),
    ...takenEdgesOf(run),
  })
  if (outcome.route === 'execution') transition.failure ??= { node: node.id, error: outcome.error }
}

function failureRoute(node: GraphNode): FailureRoute {
  if (node.outgoing.some((edge) => edge.port === 'error')) return 'error_port'
  return node.definition.on_error === 'continue' && node.type.continuePort(node.definition.config) !== null
    ? 'continue'
    : 'execution'
}

const deadEdgesOf = (edges: readonly number[]): { readonly deadEdges?: readonly number[] } =>
  edges.length === 0 ? {} : { deadEdges: edges }

/** The scope in which `when` sees what the node has just done. */
function scopeAfter(transition: Transition, run: NodeRun, result: Completion): Pick<NodeRun, 'node' | 'scope' | 'evaluation'> {
  if (run.node.outgoing.every((edge) => edge.when === null)) return run
  const variables = { ...transition.draft.variables, ...result.assign }
  const outputs = { ...transition.draft.outputs, [run.node.id]: result.output }
  return { ...run, scope: { ...run.scope, ...result.assign, ...fixedNames(run), variables, outputs } }
}

/** Names that assignments must not hide. */
const fixedNames = ({ scope }: NodeRun): JsonObject =>
  Object.fromEntries(
    ['inputs', 'inputs_by_source', 'execution', 'error'].flatMap((name) => (name in scope ? [[name, scope[name] ?? null]] : [])),
  )

/** Edges of the taken ports whose `when` does not hold, with the value that each would carry as `input`. */
function deadEdges(
  transition: Transition,
  { node, scope, evaluation }: Pick<NodeRun, 'node' | 'scope' | 'evaluation'>,
  ports: readonly string[],
  valueAt: (port: string) => Json,
): { readonly edges: readonly number[] } | { readonly error: NodeError } {
  const dead: number[] = []
  try {
    for (const edge of node.outgoing) {
      if (edge.when === null || !ports.includes(edge.port)) continue
      const holds = parseExpression(edge.when).evaluate(withInput(scope, valueAt(edge.port)), evaluation)
      if (typeof holds !== 'boolean')
        return {
          error: nodeError('EXPRESSION_ERROR', `node ${node.id}: edges[${edge.index}].when: \`${edge.when}\` gives no boolean`),
        }
      if (!holds) dead.push(edge.index)
    }
    return { edges: dead }
  } catch (error) {
    return { error: thrownError(transition, node, error) }
  }
}
