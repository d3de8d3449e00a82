// Ends a node's run: with its output over its ports, with another attempt, or with a failure on the way that is open to it.
import { attemptsOf, loopOutput, variablesIn } from './apply-iteration.ts'
import type { FailureRoute } from './event.ts'
import { parseExpression } from './expression.ts'
import { errorValue } from './inputs.ts'
import { isJsonAbove, isJsonObject, type Json, type JsonObject, jsonLength } from './json.ts'
import { errorWithinBound, keptTooMuch } from './kept-characters.ts'
import { MAX_LOOP_OUTPUT_BYTES, MAX_OUTPUT_BYTES, MAX_RETRY_AFTER_SECONDS, MAX_VARIABLES_BYTES } from './limits.ts'
import { type NodeError, type NodeFailure, nodeError } from './node-error.ts'
import { type NodeRun, runNumber, takenEdgesOf, thrownError } from './node-run.ts'
import type { InlineResult } from './node-type.ts'
import type { HeldPayload } from './payload.ts'
import { drawFrom, nextAttemptAt, retryPolicy } from './retry.ts'
import { withInput } from './scope.ts'
import type { Loop } from './state.ts'
import type { Transition } from './transition.ts'

type Completion = Omit<Extract<InlineResult, { kind: 'completed' }>, 'kind'> & {
  readonly metadata?: JsonObject
  /** What the output refers to, and the execution does not hold yet. */
  readonly payloads?: readonly HeldPayload[]
}

/** Takes the node's ports. An error in an edge's `when` fails the node instead, without a retry. */
export function completeNode(transition: Transition, run: NodeRun, result: Completion): void {
  const { node } = run
  const { payloads = [] } = result
  transition.payloads.hold(payloads)
  // What the fold finds by itself is not journaled: an input passed on, what the iterations of a loop have given.
  const isImplied = result.output === run.input || transition.nodeState(run).status === 'iterating'
  const tooLarge = whatIsTooLarge(transition, run, result, isImplied)
  if (tooLarge !== null) {
    routeFailure(transition, run, nodeError('OUTPUT_TOO_LARGE', `node ${run.path}: ${tooLarge}`), result.metadata)
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
    routeFailure(transition, run, dead.error, result.metadata)
    return
  }
  transition.emit({
    type: 'node.completed',
    node: run.path,
    ...(isImplied ? {} : { output: result.output }),
    ...(payloads.length === 0 ? {} : { payloads }),
    ...(result.ports === undefined ? {} : { ports: result.ports }),
    ...(result.portOutputs === undefined ? {} : { portOutputs: result.portOutputs }),
    ...deadEdgesOf(dead.edges),
    ...takenEdgesOf(run),
    ...(result.assign === undefined ? {} : { assign: result.assign }),
    ...(result.log === undefined ? {} : { log: result.log }),
    ...metadataOf(result.metadata),
  })
}

/** A loop that has come to its end, with what its iterations have given. */
export function completeLoop(transition: Transition, run: NodeRun, loop: Loop): void {
  completeNode(transition, run, { output: loopOutput(transition.draft, run.path, loop) })
}

/** The rule that a result breaks by its size, if it does. */
function whatIsTooLarge(
  transition: Transition,
  run: NodeRun,
  { output, portOutputs = {}, assign }: Completion,
  isImplied: boolean,
): string | null {
  const { draft } = transition
  // A shard gives a part of what its loop gives.
  if (transition.nodeState(run).status === 'iterating' || run.node.type.internal === true)
    return isJsonAbove(output, MAX_LOOP_OUTPUT_BYTES) ? `a loop gives at most ${MAX_LOOP_OUTPUT_BYTES} bytes of JSON` : null
  const own = [...(isImplied ? [] : [output]), ...Object.values(portOutputs)]
  if (own.some((value) => isJsonAbove(value, MAX_OUTPUT_BYTES))) return `an output is at most ${MAX_OUTPUT_BYTES} bytes of JSON`
  if (assign !== undefined && isJsonAbove({ ...variablesIn(draft, run.iteration), ...assign }, MAX_VARIABLES_BYTES))
    return `the variables of an execution are at most ${MAX_VARIABLES_BYTES} bytes of JSON`
  return keptTooMuch(draft, jsonLength(output) + jsonLength(portOutputs) + (assign === undefined ? 0 : jsonLength(assign)))
}

/** What else there is to tell of a failed attempt: its rendered config where no event has carried that yet, what it took. */
interface FailedAttempt {
  readonly config?: JsonObject
  readonly metadata?: JsonObject | undefined
}

/** A failed attempt: another one where the policy says so, else the failure's way. */
export function failNode(transition: Transition, run: NodeRun, error: NodeError, failed: FailedAttempt = {}): void {
  const { config, metadata } = failed
  const { node, path } = run
  const { draft, now } = transition
  const before = transition.nodeState(run)
  const counts = attemptsOf(before)
  const isUnderWay = before.status === 'running' || before.status === 'waiting'
  const attempt = isUnderWay ? Math.max(counts.attempt, 1) : counts.attempt + 1
  const resumeAt = nextAttemptAt({
    policy: retryPolicy(node, draft.graph.definition),
    error,
    failures: counts.failures + 1,
    startedAt: 'startedAt' in before ? before.startedAt : now,
    now,
    draw: drawFrom(draft.identity.executionId, path, runNumber(draft, path), attempt),
  })
  if (resumeAt === null || keptTooMuch(draft, jsonLength(config ?? {}) + jsonLength(error)) !== null) {
    routeFailure(transition, run, withRetryAfterCause(error), metadata)
    return
  }
  const first =
    isUnderWay || before.status === 'retrying' ? {} : { ...(config !== undefined && { config }), ...takenEdgesOf(run) }
  transition.emit({ type: 'node.retry_scheduled', node: path, attempt, error, resumeAt, ...first, ...metadataOf(metadata) })
}

/** A server that asks to wait longer than is honoured: the failure says how long. */
const withRetryAfterCause = (error: NodeError): NodeError =>
  error.retry_after_seconds === undefined || error.retry_after_seconds <= MAX_RETRY_AFTER_SECONDS
    ? error
    : {
        ...error,
        cause: { retry_after_seconds: error.retry_after_seconds, ...(error.cause === undefined ? {} : { cause: error.cause }) },
      }

/** Over an error edge where one is taken, on with null where `on_error` says so, else up: to the loop around it, or the execution. */
export function routeFailure(transition: Transition, run: NodeRun, failure: NodeError, metadata?: JsonObject): void {
  const error = errorWithinBound(transition.draft, failure)
  const attempts = attemptsOf(transition.nodeState(run)).failures + 1
  const outcome = findRoute(transition, run, { ...error, attempts })
  transition.emit({
    type: 'node.failed',
    node: run.path,
    error: outcome.error ?? error,
    attempts,
    route: outcome.route,
    ...deadEdgesOf(outcome.dead),
    ...takenEdgesOf(run),
    ...metadataOf(metadata),
  })
}

const metadataOf = (metadata: JsonObject | undefined): { readonly metadata?: JsonObject } =>
  metadata === undefined ? {} : { metadata }

interface Route {
  readonly route: FailureRoute
  readonly dead: readonly number[]
  /** What a condition of an edge made of the failure; null where it stays. */
  readonly error: NodeError | null
}

/** Error edges whose `when` does not hold catch nothing: a failure that none of them takes goes on as if there were none. */
function findRoute(transition: Transition, run: NodeRun, failure: NodeFailure): Route {
  const { node } = run
  const errorEdges = node.outgoing.filter(({ port }) => port === 'error')
  // A node that has used up its steps may still be caught.
  const evaluation = { ...run.evaluation, spent: { steps: 0 } }
  if (errorEdges.length > 0) {
    const value = errorValue(failure)
    const scope = { ...run.scope, error: value }
    const dead = deadEdges(transition, { ...run, scope, evaluation }, ['error'], () => value)
    if ('error' in dead) return { route: 'execution', dead: [], error: dead.error }
    if (dead.edges.length < errorEdges.length) return { route: 'error_port', dead: dead.edges, error: null }
  }
  const port = node.definition.on_error === 'continue' ? node.type.continuePort(node.definition.config) : null
  if (port === null) return { route: 'execution', dead: [], error: null }
  const dead = deadEdges(transition, { ...run, evaluation }, [port], () => null)
  return 'error' in dead
    ? { route: 'execution', dead: [], error: dead.error }
    : { route: 'continue', dead: dead.edges, error: null }
}

const deadEdgesOf = (edges: readonly number[]): { readonly deadEdges?: readonly number[] } =>
  edges.length === 0 ? {} : { deadEdges: edges }

/** The scope in which `when` sees what the node has just done. */
export function scopeAfter(transition: Transition, run: NodeRun, result: Completion): NodeRun {
  if (run.node.outgoing.every((edge) => edge.when === null)) return run
  const variables = { ...variablesIn(transition.draft, run.iteration), ...result.assign }
  const known = run.scope.outputs ?? null
  const outputs = { ...(isJsonObject(known) ? known : {}), [run.node.id]: result.output }
  return { ...run, scope: { ...run.scope, ...result.assign, ...fixedNames(run), variables, outputs } }
}

/** Names that assignments must not hide. */
const fixedNames = ({ scope }: NodeRun): JsonObject =>
  Object.fromEntries(FIXED_NAMES.flatMap((name) => (name in scope ? [[name, scope[name] ?? null]] : [])))

const FIXED_NAMES = ['inputs', 'inputs_by_source', 'execution', 'error', 'item', 'index', 'state', 'iteration']

/** Edges of the taken ports whose `when` does not hold, with the value that each would carry as `input`. */
export function deadEdges(
  transition: Transition,
  run: NodeRun,
  ports: readonly string[],
  valueAt: (port: string) => Json,
): { readonly edges: readonly number[] } | { readonly error: NodeError } {
  const { node, path, scope, evaluation } = run
  const dead: number[] = []
  try {
    for (const edge of node.outgoing) {
      if (edge.when === null || !ports.includes(edge.port)) continue
      const holds = parseExpression(edge.when).evaluate(
        withInput(scope, valueAt(edge.port), transition.payloads.held),
        evaluation,
      )
      if (typeof holds !== 'boolean')
        return {
          error: nodeError('EXPRESSION_ERROR', `node ${path}: edges[${edge.index}].when: \`${edge.when}\` gives no boolean`),
        }
      if (!holds) dead.push(edge.index)
    }
    return { edges: dead }
  } catch (error) {
    return { error: thrownError(transition, run, error) }
  }
}
