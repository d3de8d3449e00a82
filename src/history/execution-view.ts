// An execution as `GET /executions/:id` shows it (keys as in the API). Computed from the state and, for logs, from the
// journal; it reads nothing else. Large values stand as references, so that the whole stays below 4 MiB.
import type { JournalEntry } from '../core/event.ts'
import { instanceOf } from '../core/instance.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { payloadKey } from '../core/payload.ts'
import type { ExecutionState, ExecutionStatus } from '../core/state.ts'
import { openDeadlineAt } from '../core/timers.ts'
import { type ExecutionMetrics, measureExecution } from './execution-metrics.ts'
import { executionSeconds } from './execution-seconds.ts'
import { executionStatus } from './execution-status.ts'
import { startMoment } from './execution-summary.ts'
import { isoTime } from './iso-time.ts'
import { type LogLine, logLines, messagesByNode } from './log-lines.ts'
import { viewInside } from './node-list.ts'
import { type NodeView, viewNode } from './node-view.ts'
import { shownOf } from './payload-view.ts'
import { findShown, type Show, showWithinBounds } from './shown-values.ts'

export interface ErrorView {
  /** Null where the execution failed by itself, as by its timeout. */
  readonly node_id: string | null
  readonly code: string
  readonly error: string
  /** What lies behind it: the item of a loop, a child and its error. Absent where nothing does. */
  readonly cause?: Json
  readonly timestamp: string
}

export interface ExecutionView {
  readonly execution_id: string
  /** Absent for a definition without one. */
  readonly workflow_id?: string
  readonly workflow_version: number | null
  readonly config_hash: string
  readonly status: ExecutionStatus
  readonly priority: 'high' | 'normal' | 'low'
  readonly start_time: string
  readonly end_time: string | null
  /** So far, while it is open. */
  readonly execution_time_seconds: number
  /** Its time limit; null where it has none. */
  readonly timeout_seconds: number | null
  /** When that ends it; null where nothing will, as while it is paused. */
  readonly deadline_at: string | null
  readonly execution_path: readonly string[]
  readonly node_states: Readonly<Record<string, NodeView>>
  /** Outputs of the nodes that completed, by id. */
  readonly node_results: JsonObject
  readonly variables: JsonObject
  /** Null while it is open. */
  readonly final_variables: JsonObject | null
  readonly final_output: Json
  /** Failures in journal order, the one that ended the execution included; not those that took an error edge. */
  readonly errors: readonly ErrorView[]
  readonly error_message: string | null
  readonly error_node_id: string | null
  readonly triggered_by: string
  readonly trigger_type: string
  readonly metadata: JsonObject
  readonly parent_execution_id: string | null
  readonly correlation_id: string | null
  readonly session_id: string | null
  readonly trace_id: string
  readonly epoch: number
  /** Only where asked for. */
  readonly metrics?: ExecutionMetrics
  /** Only where asked for. */
  readonly logs?: readonly LogLine[]
}

/** A loop may go on past thousands of failed items: the first are shown and the last, which may have ended the execution. */
export const MAX_SHOWN_ERRORS = 1_000

export interface ViewMoment {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly includeLogs: boolean
  readonly includeMetrics: boolean
}

/** `entries` is the whole journal; it may be null where logs are not asked for. */
export function viewExecution(
  state: ExecutionState,
  entries: readonly JournalEntry[] | null,
  { now, includeLogs, includeMetrics }: ViewMoment,
): ExecutionView {
  const logs = includeLogs ? logLines(entries ?? []) : null
  return {
    ...viewIdentity(state),
    ...viewProgress(state, now),
    ...showWithinBounds(shownOf(state), (show) => viewContents(state, logs ?? [], show)),
    ...(includeMetrics && { metrics: measureExecution(state, now) }),
    ...(logs !== null && { logs }),
  }
}

/** What an execution has of a hash: the value, or where its JSON text lies. */
export type FoundPayload = { readonly value: Json } | { readonly key: string; readonly size: number }

/** What a view of this execution refers to by this hash; null where nothing does. */
export function findPayload(state: ExecutionState, hash: string): FoundPayload | null {
  const payload = Object.values(state.payloads).find(({ $payload }) => $payload === hash)
  if (payload === undefined)
    return findShown(hash, shownOf(state), (show) => {
      viewContents(state, [], show)
      viewInside(state, show)
    })
  return { key: payloadKey(payload.owner ?? state.identity.executionId, hash), size: payload.size }
}

function viewIdentity({ identity, epoch }: ExecutionState) {
  return {
    execution_id: identity.executionId,
    ...(identity.workflowId !== null && { workflow_id: identity.workflowId }),
    workflow_version: identity.workflowVersion,
    config_hash: identity.configHash,
    priority: identity.priority,
    triggered_by: identity.triggeredBy,
    trigger_type: identity.triggerType,
    metadata: identity.metadata,
    parent_execution_id: identity.parentExecutionId,
    correlation_id: identity.correlationId,
    session_id: identity.sessionId,
    trace_id: identity.traceId,
    epoch,
  }
}

function viewProgress(state: ExecutionState, now: number) {
  const deadline = openDeadlineAt(state)
  return {
    status: executionStatus(state),
    start_time: isoTime(startMoment(state)),
    end_time: state.phase.status === 'open' ? null : isoTime(state.phase.endedAt),
    execution_time_seconds: executionSeconds(state, now),
    timeout_seconds: state.timeoutSeconds,
    deadline_at: deadline === null ? null : isoTime(deadline),
    execution_path: state.path,
  }
}

/** All that may be large. */
function viewContents(state: ExecutionState, logs: readonly LogLine[], show: Show) {
  const { phase } = state
  return {
    node_states: viewNodes(state, logs, show),
    node_results: nodeResults(state, show),
    variables: show.members(state.variables),
    final_variables: phase.status === 'open' ? null : show.members(state.variables),
    final_output: phase.status === 'completed' ? show.value(phase.output) : null,
    errors: viewErrors(state, show),
    error_message: phase.status === 'failed' ? show.text(phase.error.message) : null,
    error_node_id: phase.status === 'failed' ? phase.node : null,
  }
}

/** Failures in journal order; of very many the first and the last. */
export function viewErrors({ errors, phase }: ExecutionState, show: Show): ErrorView[] {
  const shown = errors.length <= MAX_SHOWN_ERRORS ? errors : [...errors.slice(0, MAX_SHOWN_ERRORS - 1), ...errors.slice(-1)]
  const ofNodes = shown.map(({ node, error, at }) => ({
    node_id: node,
    code: error.code,
    error: show.text(error.message),
    ...(error.cause === undefined ? {} : { cause: show.value(error.cause) }),
    timestamp: isoTime(at),
  }))
  if (phase.status !== 'failed' || phase.node !== null) return ofNodes
  const { code, message } = phase.error
  return [...ofNodes, { node_id: null, code, error: show.text(message), timestamp: isoTime(phase.endedAt) }]
}

function viewNodes(state: ExecutionState, logs: readonly LogLine[], show: Show): Readonly<Record<string, NodeView>> {
  const messages = messagesByNode(logs)
  return Object.fromEntries(
    Array.from(state.graph.nodes.values(), (node) => [
      node.id,
      viewNode(state, instanceOf('', node), messages.get(node.id) ?? [], show),
    ]),
  )
}

function nodeResults(state: ExecutionState, show: Show): JsonObject {
  const results: [string, Json][] = []
  for (const [id, node] of state.nodes) if (node.status === 'completed') results.push([id, show.value(node.output)])
  return Object.fromEntries(results)
}
