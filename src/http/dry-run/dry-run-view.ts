// A dry run as `POST …/test` answers it. Nothing of it is stored: of values too large to be shown only the size is told.
import { byteLength, type JsonObject } from '../../core/json.ts'
import type { HeldPayloads } from '../../core/payload.ts'
import { executionSeconds } from '../../history/execution-seconds.ts'
import { executionStatus } from '../../history/execution-status.ts'
import { startMoment } from '../../history/execution-summary.ts'
import { viewErrors } from '../../history/execution-view.ts'
import { isoTime } from '../../history/iso-time.ts'
import { logLines, MAX_LOG_LINES_BYTES, messagesByNode } from '../../history/log-lines.ts'
import { viewNode } from '../../history/node-view.ts'
import { type Show, showWithinBounds } from '../../history/shown-values.ts'
import type { DryExecution } from './dry-execution.ts'
import { type DryTrace, type Traced, traceOf } from './dry-trace.ts'
import { shownConfig } from './shown-config.ts'

/** @param showsConfigs whether the caller may see what the workflow is made of; what a child is made of shows where its trace does */
export function viewDryRun(execution: DryExecution, showsConfigs: boolean) {
  const { state, now, mocks } = execution
  const trace = traceOf(execution)
  const hides = showsConfigs ? null : execution.state.identity.configHash
  const { identity, phase } = state
  const seconds = executionSeconds(state, now)
  const status = executionStatus(state)
  return {
    execution_id: identity.executionId,
    ...(identity.workflowId !== null && { workflow_id: identity.workflowId }),
    workflow_version: identity.workflowVersion,
    config_hash: identity.configHash,
    test_mode: true,
    status,
    start_time: isoTime(startMoment(state)),
    end_time: phase.status === 'open' ? null : isoTime(phase.endedAt),
    execution_time_seconds: seconds,
    execution_path: state.path,
    ...showWithinBounds({ path: null, held: allHeld(execution) }, (show) =>
      viewContents(execution, trace, { show, hides, logs: { left: MAX_LOG_LINES_BYTES } }),
    ),
    trace_omitted: trace.omitted,
    unused_mocks: mocks.unused(),
    summary: {
      nodes_executed: trace.counts.executed,
      nodes_failed: trace.counts.failed,
      nodes_skipped: trace.counts.skipped,
      nodes_simulated: trace.counts.simulated,
      total_duration: seconds,
      passed: status === 'completed' && trace.counts.failed === 0,
    },
  }
}

interface How {
  readonly show: Show
  /** The definition whose configs stay out. */
  readonly hides: string | null
  /** Bytes of log lines that there is still room for. */
  readonly logs: { left: number }
}

/** All that may be large. */
function viewContents({ state }: DryExecution, { entries }: DryTrace, how: How) {
  const { phase } = state
  const { show } = how
  return {
    trace: viewTrace(entries, how),
    final_variables: show.members(state.variables),
    final_output: phase.status === 'completed' ? show.value(phase.output) : null,
    errors: viewErrors(state, show),
    error_message: phase.status === 'failed' ? show.text(phase.error.message) : null,
    error_node_id: phase.status === 'failed' ? phase.node : null,
  }
}

type Messages = ReturnType<typeof messagesByNode>
type TraceView = JsonObject & { readonly node_id: string }

function viewTrace(entries: readonly Traced[], how: How): readonly TraceView[] {
  const messages = new Map<DryExecution, Messages>()
  return entries.map((traced) => {
    const { execution } = traced
    const known = messages.get(execution) ?? messagesByNode(logLines(execution.entries))
    messages.set(execution, known)
    return viewEntry(traced, known, how)
  })
}

function viewEntry({ execution, instance, child }: Traced, messages: Messages, how: How): TraceView {
  const { show, hides, logs } = how
  const { state, place, simulated, configs } = execution
  const { path } = instance
  const node = viewNode(state, instance, messages.get(path) ?? [], show)
  const { output_data: ports, started_at, completed_at } = node
  const by = simulated.get(path) ?? null
  const config = state.identity.configHash === hides ? undefined : configs.get(path)
  return {
    node_id: place.name(path),
    type: node.type,
    status: node.status,
    simulated: by !== null,
    simulated_by: by,
    started_at,
    completed_at,
    duration_seconds:
      started_at === null || completed_at === null ? 0 : (Date.parse(completed_at) - Date.parse(started_at)) / 1000,
    attempts: node.attempt,
    input: node.input_data,
    ports: Object.keys(ports),
    output: Object.fromEntries(Object.entries(ports).map(([port, { data }]) => [port, data])),
    logs: node.logs.filter((line) => fits(line, logs)),
    error: node.error,
    error_type: node.error_type,
    ...(by === 'timeout' && { hint: `nobody answers in a dry run: give node ${place.name(path)} a pin or a mock` }),
    ...(config !== undefined && { config: show.members(shownConfig(config)) }),
    ...(child !== null && { child: viewChild(child, how) }),
  }
}

/** What comes first is shown. */
function fits(line: string, room: How['logs']): boolean {
  room.left -= byteLength(line)
  return room.left >= 0
}

function viewChild({ execution: { state, isShown }, trace }: NonNullable<Traced['child']>, how: How): JsonObject {
  const { executionId, workflowId, workflowVersion } = state.identity
  return {
    execution_id: executionId,
    workflow_id: workflowId,
    workflow_version: workflowVersion,
    status: executionStatus(state),
    trace: [...viewTrace(trace, how)],
    ...(!isShown && { trace_hidden: true }),
  }
}

/** Of all executions: marks are random. */
const allHeld = ({ state, children }: DryExecution): HeldPayloads =>
  Object.assign({}, state.payloads, ...[...children.values()].flat().map(allHeld))
