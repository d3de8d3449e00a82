// An event in words: level, message and the small facts beside it. Payloads (definition, inputs, configs, outputs) never
// get in here; `event-frame.ts` adds captured ones.
import type { ExecutionEvent } from '../core/event.ts'
import type { JsonObject } from '../core/json.ts'
import type { LogLevel } from '../core/node-type.ts'
import { isoTime } from './iso-time.ts'

interface EventDescription {
  readonly level: LogLevel
  readonly message: string
  readonly data?: JsonObject
}

type EventOf<Type extends ExecutionEvent['type']> = Extract<ExecutionEvent, { type: Type }>

export function describeEvent(event: ExecutionEvent): EventDescription {
  switch (event.type) {
    case 'execution.created':
      return describeCreated(event)
    case 'execution.started':
      return { level: 'info', message: 'Execution started' }
    case 'node.started':
      return describeStarted(event)
    case 'node.claimed':
      return { level: 'debug', message: `Step taken up: ${event.node}`, data: { attempt: event.attempt } }
    case 'node.waiting':
      return describeWaiting(event)
    case 'node.completed':
      return describeCompleted(event)
    case 'node.retry_scheduled':
      return describeRetry(event)
    case 'node.interrupted':
      return describeInterrupted(event)
    case 'node.failed':
      return describeFailed(event)
    case 'node.skipped':
      return { level: 'debug', message: `Step skipped: ${event.node}` }
    case 'node.cancelled':
      return { level: 'warn', message: `Step cancelled: ${event.node}` }
    case 'execution.completed':
      return { level: 'info', message: 'Execution completed' }
    case 'execution.failed':
      return describeExecutionFailed(event)
    case 'execution.cancelled':
      return describeExecutionCancelled(event)
  }
}

function describeCreated({ identity }: EventOf<'execution.created'>): EventDescription {
  const { configHash, triggerType, priority } = identity
  return {
    level: 'info',
    message: 'Execution created',
    data: { config_hash: configHash, trigger_type: triggerType, priority },
  }
}

function describeStarted({ node, attempt }: EventOf<'node.started'>): EventDescription {
  const message = attempt === 1 ? `Step started: ${node}` : `Step started: ${node} (attempt ${attempt})`
  return { level: 'info', message, data: { attempt } }
}

function describeWaiting({ node, resumeAt }: EventOf<'node.waiting'>): EventDescription {
  const until = isoTime(resumeAt)
  return { level: 'info', message: `Step waiting: ${node} until ${until}`, data: { resume_at: until } }
}

/** A `log` node's line is the line of its completion. */
function describeCompleted({ node, log, ports, metadata }: EventOf<'node.completed'>): EventDescription {
  const latency = metadata?.latency_ms
  const elapsed = typeof latency === 'number' ? ` (${latency}ms)` : ''
  return {
    level: log?.level ?? 'info',
    message: log?.message ?? `Step completed: ${node}${elapsed}`,
    ...(ports && { data: { ports } }),
  }
}

function describeRetry({ node, attempt, error, resumeAt }: EventOf<'node.retry_scheduled'>): EventDescription {
  const at = isoTime(resumeAt)
  return {
    level: 'warn',
    message: `${node} failed (attempt ${attempt}), next attempt at ${at}: ${error.code} ${error.message}`,
    data: { attempt, resume_at: at, error_code: error.code },
  }
}

function describeInterrupted({ node, attempt, resumeAt }: EventOf<'node.interrupted'>): EventDescription {
  const at = isoTime(resumeAt)
  return {
    level: 'warn',
    message: `${node} was interrupted (attempt ${attempt}), next attempt at ${at}`,
    data: { attempt, resume_at: at, error_code: 'INTERRUPTED' },
  }
}

function describeFailed({ node, error, attempts, route }: EventOf<'node.failed'>): EventDescription {
  return {
    level: 'error',
    message: `${node} failed: ${error.code} ${error.message}`,
    data: { attempts, error_code: error.code, route },
  }
}

function describeExecutionFailed({ error, node }: EventOf<'execution.failed'>): EventDescription {
  return {
    level: 'error',
    message: `Execution failed: ${error.code} ${error.message}`,
    data: { error_code: error.code, error_node_id: node },
  }
}

function describeExecutionCancelled({ by, reason }: EventOf<'execution.cancelled'>): EventDescription {
  return { level: 'warn', message: `Execution cancelled by ${by}${reason === null ? '' : `: ${reason}`}` }
}
