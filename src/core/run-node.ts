// Runs a node whose join has decided: renders its config once, then does inline work at once and gives handed-off work out.
import { attemptsOf } from './apply.ts'
import { formatPath, matchesPath } from './config-path.ts'
import { parseExpression } from './expression.ts'
import type { GraphNode } from './graph.ts'
import { soleInput } from './inputs.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { LEASE_GRACE_MS, MAX_RUNNER_TIMEOUT_SECONDS, QUEUE_PICKUP_MS } from './limits.ts'
import { type NodeError, nodeError } from './node-error.ts'
import { type NodeRun, prepareRun, takenEdgesOf, thrownError } from './node-run.ts'
import type { HandedOffNodeType, InlineContext, InlineNodeType, InlineResult } from './node-type.ts'
import { completeNode, failNode } from './settle-node.ts'
import { renderValue } from './template.ts'
import type { Transition } from './transition.ts'

/** Runs a pending node. `counted`: the in-edges its join counted, where these are not all that are taken. */
export function runNode(transition: Transition, node: GraphNode, counted?: readonly number[]): void {
  const run = prepareRun(transition, node, counted)
  if (node.definition.disabled === true) {
    completeNode(transition, run, { output: soleInput(run.inputs, transition.draft.inputs) })
    return
  }
  const config = renderConfig(transition, node, run)
  if ('error' in config) failNode(transition, run, config.error)
  else if (node.type.kind === 'handed_off')
    startAttempt(transition, node, node.type, { config: config.rendered, ...takenEdgesOf(run) })
  else runInline(transition, run, node.type, config.rendered)
}

/** Runs a node again whose retry is due, with the config of its first attempt. */
export function retryNode(transition: Transition, node: GraphNode): void {
  const state = transition.nodeState(node.id)
  if (state.status !== 'retrying') throw new Error(`retry of ${node.id}, which is ${state.status}`)
  if (node.type.kind === 'handed_off') startAttempt(transition, node, node.type, {})
  else runInline(transition, prepareRun(transition, node, state.takenEdges), node.type, state.config)
}

/** Renders every template of the config but those the node evaluates itself, then checks it; a config without templates was checked before. */
function renderConfig(
  transition: Transition,
  node: GraphNode,
  run: NodeRun,
): { readonly rendered: JsonObject } | { readonly error: NodeError } {
  const { type, definition } = node
  try {
    const rendered = renderValue(definition.config, run.scope, run.evaluation, {
      path: 'config',
      skip: (path) => matchesPath(type.expressions, path) || matchesPath(type.deferred, path),
    })
    if (!isJsonObject(rendered)) throw new Error('a rendered config is an object')
    if (rendered === definition.config) return { rendered }
    const checked = type.config.safeParse(rendered)
    if (checked.success) return { rendered }
    const issues = checked.error.issues.map(({ path, message }) => {
      const place = formatPath(['config', ...path.map((part) => (typeof part === 'symbol' ? String(part) : part))])
      return `${place}: ${message}`
    })
    return { error: nodeError('CONFIG_INVALID', issues.join('; ')) }
  } catch (error) {
    return { error: thrownError(transition, node, error) }
  }
}

function runInline(transition: Transition, run: NodeRun, type: InlineNodeType, config: JsonObject): void {
  const result = inlineResult(transition, run, type, config)
  switch (result.kind) {
    case 'completed':
      completeNode(transition, run, result)
      return
    case 'waiting':
      transition.emit({ type: 'node.waiting', node: run.node.id, resumeAt: result.resumeAt, ...takenEdgesOf(run) })
      return
    case 'failed':
      failNode(transition, run, result.error, { config })
  }
}

function inlineResult(transition: Transition, run: NodeRun, type: InlineNodeType, config: JsonObject): InlineResult {
  const { node, inputs, scope, evaluation } = run
  const context: InlineContext = {
    node: node.definition,
    now: transition.now,
    inputs,
    input: soleInput(inputs, transition.draft.inputs),
    evaluate: (expression, extra) =>
      parseExpression(expression).evaluate(extra === undefined ? scope : { ...scope, ...extra }, evaluation),
    render: (value, extra) =>
      renderValue(value, extra === undefined ? scope : { ...scope, ...extra }, evaluation, { path: 'config', skip: () => false }),
  }
  try {
    return type.run(config, context)
  } catch (error) {
    return { kind: 'failed', error: thrownError(transition, node, error) }
  }
}

/** Gives an attempt out: to a Runner, or by the task queue where its timeout is above what a Runner can keep. */
function startAttempt(
  transition: Transition,
  node: GraphNode,
  type: HandedOffNodeType,
  first: { readonly config?: JsonObject; readonly takenEdges?: readonly number[] },
): void {
  const attempt = attemptsOf(transition.nodeState(node.id)).attempt + 1
  if (isQueued(node, type)) {
    enqueueAttempt(transition, node, attempt, first)
    return
  }
  transition.emit({ type: 'node.started', node: node.id, attempt, leaseUntil: transition.now + leaseMs(node, type), ...first })
  transition.effects.push({ type: 'node.run', node: node.id, attempt })
}

/** Also for an attempt that nobody claimed: whichever of its messages is claimed first counts, so that it still runs once at most. */
export function enqueueAttempt(
  transition: Transition,
  node: GraphNode,
  attempt: number,
  first: { readonly config?: JsonObject; readonly takenEdges?: readonly number[] } = {},
): void {
  transition.emit({ type: 'node.started', node: node.id, attempt, leaseUntil: transition.now + QUEUE_PICKUP_MS, ...first })
  transition.effects.push({ type: 'node.enqueue', node: node.id, attempt })
}

/** Whether attempts go by the task queue. */
export const isQueued = (node: GraphNode, type: HandedOffNodeType): boolean =>
  attemptTimeoutSeconds(node, type) > MAX_RUNNER_TIMEOUT_SECONDS

/** How long an attempt that is being made may take until it counts as lost: whole milliseconds. */
export const leaseMs = (node: GraphNode, type: HandedOffNodeType): number =>
  Math.ceil(attemptTimeoutSeconds(node, type) * 1000) + LEASE_GRACE_MS

/** The bound of one attempt, in seconds. */
export const attemptTimeoutSeconds = (node: GraphNode, type: HandedOffNodeType): number =>
  node.definition.timeout_seconds ?? type.defaultTimeoutSeconds
