// An event in words: level, message and the small facts beside it. Payloads (definition, inputs, configs, outputs) never
// get in here; `event-frame.ts` adds captured ones.
import type { ExecutionEvent, ShardRange } from '../core/event.ts'
import { iterationPath } from '../core/instance.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import type { LogLevel } from '../core/node-type.ts'
import type { WaitsFor } from '../core/waits-for.ts'
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
    case 'node.iterating':
      return describeIterating(event)
    case 'iteration.started':
    case 'iteration.completed':
    case 'iteration.failed':
    case 'iteration.cancelled':
      return describeIteration(event)
    case 'signal.received':
    case 'signal.consumed':
    case 'approval.answered':
    case 'child.ended':
      return describeMessage(event)
    case 'execution.paused':
    case 'execution.resumed':
    case 'execution.checkpointed':
    case 'execution.timeout_set':
    case 'execution.recovered':
    case 'execution.replayed':
      return describeControl(event)
    case 'execution.adopted':
      return describeAdopted(event)
    case 'execution.completed':
      return { level: 'info', message: 'Execution completed' }
    case 'execution.failed':
      return describeExecutionFailed(event)
    case 'execution.cancelled':
      return describeExecutionCancelled(event)
  }
}

function describeCreated({ identity, startAt }: EventOf<'execution.created'>): EventDescription {
  const { configHash, triggerType, priority } = identity
  return {
    level: 'info',
    message: startAt === undefined ? 'Execution created' : `Execution created, to start at ${isoTime(startAt)}`,
    data: {
      config_hash: configHash,
      trigger_type: triggerType,
      priority,
      ...(startAt !== undefined && { start_at: isoTime(startAt) }),
    },
  }
}

function describeStarted({ node, attempt }: EventOf<'node.started'>): EventDescription {
  const message = attempt === 1 ? `Step started: ${node}` : `Step started: ${node} (attempt ${attempt})`
  return { level: 'info', message, data: { attempt } }
}

function describeWaiting({ node, resumeAt, on }: EventOf<'node.waiting'>): EventDescription {
  const until = resumeAt === undefined ? null : isoTime(resumeAt)
  const what = on === undefined ? '' : ` for ${waitedFor(on)}`
  return {
    level: 'info',
    message: `Step waiting: ${node}${what}${until === null ? '' : ` until ${until}`}`,
    data: { ...(until !== null && { resume_at: until }), ...(on !== undefined && { waits_for: on.kind }) },
  }
}

function waitedFor(on: WaitsFor): string {
  switch (on.kind) {
    case 'timer':
      return 'its moment'
    case 'event':
      return `the event ${on.event}`
    case 'approval':
      return 'approval'
    case 'child':
      return `the execution ${on.executionId}`
    case 'task':
      return `a worker of the queue ${on.queue}`
  }
}

function describeIterating({ node, plan }: EventOf<'node.iterating'>): EventDescription {
  const message = plan.kind === 'each' ? `Loop started: ${node}, ${count(plan.items.length, 'item')}` : `Loop started: ${node}`
  return { level: 'info', message, ...(plan.kind === 'each' && { data: { total: plan.items.length } }) }
}

type IterationEvent = Extract<ExecutionEvent, { type: `iteration.${string}` }>

function describeIteration(event: IterationEvent): EventDescription {
  const what = event.type.slice('iteration.'.length)
  const { node, index, shard } = event
  const path = iterationPath(node, index)
  const message = shard === undefined ? `Iteration ${what}: ${path}` : `${itemsOf(shard)} of ${node} ${what}`
  const place = shard === undefined ? { index } : { shard: path, first_index: shard.first, last_index: shard.last }
  if (event.type !== 'iteration.failed') return { level: 'debug', message, data: place }
  const { error, failedNode } = event
  const inner = failedInside(error.cause)
  return {
    level: 'error',
    message: `${message}${shard === undefined || inner === null ? '' : ` in ${inner}`}: ${error.code} ${error.message}`,
    data: { ...place, error_code: error.code, error_node_id: shard === undefined ? failedNode : (inner ?? failedNode) },
  }
}

/** Not as an iteration: the third shard is not the item of index 2. */
const itemsOf = ({ first, last }: ShardRange): string => (first === last ? `Item ${first}` : `Items ${first}-${last}`)

type MessageEvent = EventOf<'signal.received' | 'signal.consumed' | 'approval.answered' | 'child.ended'>

function describeMessage(event: MessageEvent): EventDescription {
  switch (event.type) {
    case 'signal.received': {
      const what = event.deliveredTo === undefined ? 'kept, no node takes it yet' : `for ${event.deliveredTo}`
      return { level: 'info', message: `Event ${event.name} from ${event.by}: ${what}`, data: { name: event.name, by: event.by } }
    }
    case 'signal.consumed':
      return { level: 'info', message: `${event.node} took the event that was kept`, data: { received_as: event.signal } }
    case 'approval.answered': {
      const { decision, by, via } = event.answer
      const how = via === 'link' ? ' (by link)' : ''
      return { level: 'info', message: `${event.node}: ${decision} by ${by}${how}`, data: { decision, by, via } }
    }
    case 'child.ended':
      return { level: 'debug', message: `The execution ${event.executionId} ended: ${event.status}` }
  }
}

type ControlEvent = EventOf<
  | 'execution.paused'
  | 'execution.resumed'
  | 'execution.checkpointed'
  | 'execution.timeout_set'
  | 'execution.recovered'
  | 'execution.replayed'
>

function describeControl(event: ControlEvent): EventDescription {
  const { by } = event
  switch (event.type) {
    case 'execution.paused':
      return {
        level: 'warn',
        message: `Execution paused by ${by}${event.reason === null ? '' : `: ${event.reason}`}`,
        data: { by },
      }
    case 'execution.resumed':
      return { level: 'info', message: `Execution resumed by ${by}`, data: { by } }
    case 'execution.checkpointed':
      return {
        level: 'info',
        message: `Checkpoint${event.name === null ? '' : ` ${event.name}`} by ${by}`,
        data: { by, name: event.name },
      }
    case 'execution.timeout_set': {
      const limit = event.seconds === null ? 'removed' : `set to ${event.seconds} s`
      return { level: 'warn', message: `Time limit ${limit} by ${by}`, data: { by, seconds: event.seconds } }
    }
    case 'execution.recovered':
      return { level: 'warn', message: `Execution recovered by ${by}: ${stepsAgain(event.rerun.length)}`, data: { by } }
    case 'execution.replayed': {
      const from = event.from === null ? '' : ` from ${event.from}`
      return {
        level: 'warn',
        message: `Execution replayed${from} by ${by}: ${stepsAgain(event.rerun.length + (event.unfinished?.length ?? 0))}`,
        data: { by, from: event.from },
      }
    }
  }
}

const describeAdopted = ({ parent: { executionId, epoch, node } }: EventOf<'execution.adopted'>): EventDescription => ({
  level: 'debug',
  message: `${node} of the execution ${executionId} waits for the end again, in its epoch ${epoch}`,
})

const count = (amount: number, what: string): string => `${amount} ${what}${amount === 1 ? '' : 's'}`

const stepsAgain = (steps: number): string => `${count(steps, 'step')} ${steps === 1 ? 'runs' : 'run'} again`

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
  const inner = failedInside(error.cause)
  return {
    level: 'error',
    message: `${node} failed${inner === null ? '' : ` in ${inner}`}: ${error.code} ${error.message}`,
    data: { attempts, error_code: error.code, route, ...(inner !== null && { error_node_id: inner }) },
  }
}

/** Of a loop, the innermost node whose failure was the reason; null for everything else. */
function failedInside(cause: Json | undefined): string | null {
  if (!isJsonObject(cause) || typeof cause.node !== 'string' || typeof cause.index !== 'number') return null
  return failedInside(cause.cause) ?? cause.node
}

function describeExecutionFailed({ error, node }: EventOf<'execution.failed'>): EventDescription {
  const inner = failedInside(error.cause)
  return {
    level: 'error',
    message: `Execution failed${inner === null ? '' : ` in ${inner}`}: ${error.code} ${error.message}`,
    data: { error_code: error.code, error_node_id: node },
  }
}

function describeExecutionCancelled({ by, reason }: EventOf<'execution.cancelled'>): EventDescription {
  return { level: 'warn', message: `Execution cancelled by ${by}${reason === null ? '' : `: ${reason}`}` }
}
