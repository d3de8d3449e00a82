// One node of an execution as `node_states` shows it. Every key is always there; what does not apply is null or empty.
import { childOf } from '../core/awaits-child.ts'
import { isSettled } from '../core/edges.ts'
import { errorValue } from '../core/inputs.ts'
import { type NodeInstance, stateOf } from '../core/instance.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { ExecutionState, NodeState } from '../core/state.ts'
import { type BlockedOn, blockedOn } from './blocked-on.ts'
import { isoTime } from './iso-time.ts'
import { countIterations, type IterationCounts } from './iteration-counts.ts'
import { nodeInputData } from './node-input.ts'
import type { Show } from './shown-values.ts'

export interface PortView {
  readonly port_name: string
  readonly data: Json
  readonly timestamp: string
}

export interface NodeView {
  readonly node_id: string
  readonly type: string
  readonly status: 'pending' | 'running' | 'waiting' | 'paused' | 'completed' | 'failed' | 'skipped' | 'cancelled'
  readonly started_at: string | null
  readonly completed_at: string | null
  /** By source id; a root shows the execution's inputs. */
  readonly input_data: JsonObject
  /** By port taken. */
  readonly output_data: Readonly<Record<string, PortView>>
  /** The attempt under way or made last, from 1; 0 before the first. */
  readonly attempt: number
  readonly retry_count: number
  readonly latency_ms: number | null
  readonly cached: boolean
  readonly logs: readonly string[]
  readonly error: string | null
  readonly error_type: string | null
  readonly blocked_on: BlockedOn | null
  readonly metadata: JsonObject
  /** Of a loop. */
  readonly iterations?: IterationCounts
}

export function viewNode(state: ExecutionState, instance: NodeInstance, logs: readonly string[], show: Show): NodeView {
  const { node, path } = instance
  const nodeState = stateOf(state, instance)
  const attempt = attemptOf(nodeState)
  const loop = 'loop' in nodeState ? nodeState.loop : null
  const error = 'error' in nodeState ? nodeState.error : null
  const metadata = metadataOf(nodeState)
  return {
    node_id: path,
    type: node.definition.type,
    status: shownStatus(state, nodeState),
    started_at: 'startedAt' in nodeState ? isoTime(nodeState.startedAt) : null,
    completed_at: 'completedAt' in nodeState ? isoTime(nodeState.completedAt) : null,
    input_data: show.members(nodeInputData(state, instance)),
    output_data: viewPorts(nodeState, show),
    attempt,
    retry_count: retryCount(nodeState),
    latency_ms: latencyMs(nodeState, metadata),
    cached: metadata.cached === true,
    logs,
    error: error === null ? null : show.text(error.message),
    error_type: error?.code ?? null,
    blocked_on: blockedOn(state, instance),
    metadata,
    ...(loop !== null && { iterations: countIterations(state, path, loop, isSettled(nodeState)) }),
  }
}

/** What an attempt has told of itself; of a node that has a child, its id. */
function metadataOf(node: NodeState): JsonObject {
  const child = childOf(node)
  const told = ('metadata' in node ? node.metadata : null) ?? {}
  return child === null ? told : { ...told, execution_id: child }
}

/** As the API calls it. */
export function shownStatus(state: Pick<ExecutionState, 'paused'>, { status }: NodeState): NodeView['status'] {
  if (status === 'iterating') return state.paused === null ? 'running' : 'paused'
  if (status !== 'retrying' && status !== 'waiting') return status
  return state.paused === null ? 'waiting' : 'paused'
}

/** From the start of a node to its end, retries and waits included; null while it is unfinished or where it never began. */
const nodeDurationMs = (node: NodeState): number | null =>
  'startedAt' in node && 'completedAt' in node ? node.completedAt - node.startedAt : null

/** What the attempt itself measured wins: it knows the call without the way to the Runner and back. */
const latencyMs = (node: NodeState, metadata: JsonObject): number | null =>
  typeof metadata.latency_ms === 'number' ? metadata.latency_ms : nodeDurationMs(node)

function attemptOf(node: NodeState): number {
  if ('attempt' in node && node.attempt > 0) return node.attempt
  if (node.status === 'failed') return node.error.attempts
  return 'takenEdges' in node ? 1 : 0
}

/** Attempts made because one before failed; those that a crash interrupted do not count. */
function retryCount(node: NodeState): number {
  if (node.status === 'failed') return node.error.attempts - 1
  if (node.status === 'retrying') return Math.max(0, node.failures - 1)
  return 'failures' in node ? node.failures : 0
}

type Ported = Extract<NodeState, { readonly ports: readonly string[] }>

function viewPorts(node: NodeState, show: Show): Readonly<Record<string, PortView>> {
  if (!('ports' in node)) return {}
  const timestamp = isoTime(node.completedAt)
  const view = (port: string): PortView => ({ port_name: port, data: show.value(portValue(node, port)), timestamp })
  return Object.fromEntries(node.ports.map((port) => [port, view(port)]))
}

/** A port's own value, else the output; a failure on its error port, null where it continued. */
function portValue(node: Ported, port: string): Json {
  if (node.status === 'failed') return node.route === 'error_port' ? errorValue(node.error) : null
  const own = Object.hasOwn(node.portOutputs, port) ? node.portOutputs[port] : undefined
  return own === undefined ? node.output : own
}
