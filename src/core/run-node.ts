// Runs a node whose join has decided: renders its config once, then does inline work at once and gives handed-off work out.
import { attemptsOf } from './apply-iteration.ts'
import { beginWait } from './begin-wait.ts'
import { parseExpression } from './expression.ts'
import type { GraphNode } from './graph.ts'
import type { NodeInstance } from './instance.ts'
import { type Json, type JsonObject, jsonLength } from './json.ts'
import { keptByPlan, keptTooMuch } from './kept-characters.ts'
import { LEASE_GRACE_MS, MAX_RUNNER_TIMEOUT_SECONDS, QUEUE_PICKUP_MS } from './limits.ts'
import { nodeError } from './node-error.ts'
import { type NodeRun, prepareRun, takenEdgesOf, thrownError } from './node-run.ts'
import type { HandedOffNodeType, InlineContext, InlineNodeType, InlineResult } from './node-type.ts'
import { valueIn } from './payload-reader.ts'
import { renderConfig } from './render-config.ts'
import { completeNode, failNode, routeFailure } from './settle-node.ts'
import type { NodeState } from './state.ts'
import { renderValue } from './template.ts'
import type { Transition } from './transition.ts'
import type { WaitsFor } from './waits-for.ts'

/** Runs a pending node. `counted`: the in-edges its join counted, where these are not all that are taken. */
export function runNode(transition: Transition, instance: NodeInstance, counted?: readonly number[]): void {
  const run = prepareRun(transition, instance, counted)
  const { node } = run
  if (node.definition.disabled === true) {
    completeNode(transition, run, { output: run.input })
    return
  }
  const config = renderConfig(transition, run)
  if ('error' in config) failNode(transition, run, config.error)
  else if (node.type.kind === 'inline') runInline(transition, run, node.type, config.rendered)
  else if (keeps(transition, run, jsonLength(config.rendered)))
    startAttempt(transition, instance, node.type, { config: config.rendered, ...takenEdgesOf(run) })
}

/** Whether there is room for what the node keeps while it is under way; where there is none it fails. */
function keeps(transition: Transition, run: NodeRun, characters: number): boolean {
  const tooMuch = keptTooMuch(transition.draft, characters)
  if (tooMuch !== null) routeFailure(transition, run, nodeError('OUTPUT_TOO_LARGE', `node ${run.path}: ${tooMuch}`))
  return tooMuch === null
}

/** Runs a node again whose retry is due, with the config of its first attempt. */
export function retryNode(transition: Transition, instance: NodeInstance): void {
  const state = transition.nodeState(instance)
  const { node } = instance
  if (state.status !== 'retrying') throw new Error(`retry of ${instance.path}, which is ${state.status}`)
  if (node.type.kind === 'handed_off') startAttempt(transition, instance, node.type, {})
  else runInline(transition, prepareRun(transition, instance), node.type, state.config)
}

function runInline(transition: Transition, run: NodeRun, type: InlineNodeType, config: JsonObject): void {
  const result = inlineResult(transition, run, type, config)
  switch (result.kind) {
    case 'completed':
      completeNode(transition, run, result)
      return
    case 'waiting':
      if (keeps(transition, run, keptByWait(result.on, config))) beginWait(transition, run, result, config)
      return
    case 'iterating':
      if (keeps(transition, run, keptByPlan(result.plan)))
        transition.emit({ type: 'node.iterating', node: run.path, plan: result.plan, ...takenEdgesOf(run) })
      return
    case 'failed':
      failNode(transition, run, result.error, { config })
  }
}

/** What a worker is to do is kept until it is done. */
const keptByWait = (on: WaitsFor, config: JsonObject): number => jsonLength(on) + (on.kind === 'task' ? jsonLength(config) : 0)

function inlineResult(transition: Transition, run: NodeRun, type: InlineNodeType, config: JsonObject): InlineResult {
  const { node, inputs, input, payloads, scope, evaluation } = run
  const context: InlineContext = {
    node: node.definition,
    path: run.path,
    now: transition.now,
    inputs,
    input,
    slice: run.iteration === '' ? (transition.draft.enclosing?.slice ?? null) : null,
    // What JSON refers to is JSON.
    read: (value) => payloads.open(value) as Json,
    valueIn: (given) => valueIn(given, transition.payloads.held),
    evaluate: (expression, extra) =>
      parseExpression(expression).evaluate(extra === undefined ? scope : { ...scope, ...extra }, evaluation),
    render: (value, extra) =>
      renderValue(value, extra === undefined ? scope : { ...scope, ...extra }, evaluation, { path: 'config', skip: () => false }),
  }
  try {
    return type.run(config, context)
  } catch (error) {
    return { kind: 'failed', error: thrownError(transition, run, error) }
  }
}

interface FirstAttempt {
  readonly config?: JsonObject
  readonly takenEdges?: readonly number[]
}

/** Gives an attempt out: to a Runner, or by the task queue where its timeout is above what a Runner can keep. */
function startAttempt(transition: Transition, instance: NodeInstance, type: HandedOffNodeType, first: FirstAttempt): void {
  const { path, node } = instance
  const attempt = attemptsOf(transition.nodeState(instance)).attempt + 1
  if (isQueued(node, type)) {
    enqueueAttempt(transition, path, attempt, first)
    return
  }
  transition.emit({ type: 'node.started', node: path, attempt, leaseUntil: transition.now + leaseMs(node, type), ...first })
  transition.effects.push({ type: 'node.run', node: path, attempt })
}

/** Also for an attempt that nobody claimed: whichever of its messages is claimed first counts, so that it still runs once at most. */
export function enqueueAttempt(transition: Transition, path: string, attempt: number, first: FirstAttempt = {}): void {
  transition.emit({ type: 'node.started', node: path, attempt, leaseUntil: transition.now + QUEUE_PICKUP_MS, ...first })
  transition.effects.push({ type: 'node.enqueue', node: path, attempt })
}

/** Whether attempts go by the task queue. */
export const isQueued = (node: GraphNode, type: HandedOffNodeType): boolean =>
  attemptTimeoutSeconds(node, type) > MAX_RUNNER_TIMEOUT_SECONDS

/** Whether the node's attempt lies on the task queue, where nobody has taken it up. */
export const isUnclaimed = (node: GraphNode, state: NodeState): boolean =>
  state.status === 'running' && !state.claimed && node.type.kind === 'handed_off' && isQueued(node, node.type)

/** How long an attempt that is being made may take until it counts as lost: whole milliseconds. */
export const leaseMs = (node: GraphNode, type: HandedOffNodeType): number =>
  Math.ceil(attemptTimeoutSeconds(node, type) * 1000) + LEASE_GRACE_MS

/** The bound of one attempt, in seconds. Starting a child is quick; its node's own timeout is how long the child may take. */
export const attemptTimeoutSeconds = (node: GraphNode, type: HandedOffNodeType): number =>
  type.startsChild === true ? type.defaultTimeoutSeconds : (node.definition.timeout_seconds ?? type.defaultTimeoutSeconds)
