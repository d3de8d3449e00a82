// The client of the API, for Node from 22 on, Workers and browsers: `fetch` and `WebSocket`, nothing else. Methods answer the `data` of
// the API's answers as they are; what has no method of its own goes by `call`.
import type { ControlledExecution, ExecutionItem, ExecutionView, JsonObject, NodeView } from '../http/api-types.ts'
import { ExecutionFailedError, NotFoundError } from './errors.ts'
import { openStream, type StreamFrame, type StreamOptions } from './stream.ts'
import { type Answer, type Call, Transport, type TransportOptions } from './transport.ts'

export interface StartOptions {
  readonly inputs?: JsonObject
  readonly version?: number
  readonly metadata?: JsonObject
  readonly priority?: 'high' | 'normal' | 'low'
  /** The first node runs then. */
  readonly startAt?: Date
  /** The same key starts once, however often it is sent; with it, starts are tried again where no answer comes. */
  readonly idempotencyKey?: string
  readonly correlationId?: string
  /** Adds what goes into nodes and comes out of them to stream, logs and history. */
  readonly trace?: boolean
  readonly signal?: AbortSignal
}

/** What a start answers at once. */
export interface StartedExecution {
  readonly execution_id: string
  readonly workflow_id?: string
  readonly status: string
}

export interface SearchQuery {
  readonly status?: string
  readonly workflowId?: string
  readonly correlationId?: string
  readonly parentExecutionId?: string
  /** Members that the metadata must have. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly from?: Date
  readonly to?: Date
  readonly signal?: AbortSignal
}

interface StoredVersion {
  readonly version: number
}

/** A stored workflow by its id, or a definition. */
export type Runnable = string | JsonObject

const PAGE = 100
const ENDED = ['completed', 'failed', 'cancelled']

export class Millrace {
  readonly #transport: Transport

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options)
  }

  /** Any operation of the API. @throws MillraceError */
  call<Data = unknown>(call: Call): Promise<Answer<Data>> {
    return this.#transport.call<Data>(call)
  }

  /** Starts an execution and answers at once. @throws MillraceError */
  async start(workflow: Runnable, options: StartOptions = {}): Promise<StartedExecution> {
    const { inputs, version, metadata, priority, startAt, idempotencyKey, correlationId, trace, signal } = options
    const { data } = await this.#transport.call<StartedExecution>({
      method: 'POST',
      path: '/executions',
      body: {
        ...(typeof workflow === 'string' ? { workflow_id: workflow } : { workflow }),
        inputs,
        version,
        metadata,
        priority,
        start_at: startAt?.toISOString(),
      },
      headers: {
        ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
        ...(correlationId !== undefined && { 'X-Correlation-ID': correlationId }),
        ...(trace === true && { 'X-Workflow-Trace': 'true' }),
      },
      signal,
    })
    return data
  }

  /** Starts an execution and waits for its output. @throws ExecutionFailedError where it fails or is cancelled; MillraceError */
  async run(workflow: Runnable, options: StartOptions = {}): Promise<ExecutionView['final_output']> {
    const { execution_id: id } = await this.start(workflow, options)
    const ended = await this.wait(id, options.signal)
    if (ended.status !== 'completed') throw new ExecutionFailedError(ended)
    return ended.final_output
  }

  /** The execution once it has ended, however it did. @throws MillraceError */
  async wait(executionId: string, signal?: AbortSignal): Promise<ExecutionView> {
    const view = await this.get(executionId, { signal })
    if (ENDED.includes(view.status)) return view
    for await (const _ of this.stream(executionId, { level: 'error', ...(signal !== undefined && { signal }) }));
    return this.get(executionId, { signal })
  }

  /** @throws MillraceError */
  async get(
    executionId: string,
    { logs = false, metrics = false, signal }: { logs?: boolean; metrics?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<ExecutionView> {
    const query = { include_logs: logs, include_metrics: metrics }
    return (await this.#transport.call<ExecutionView>({ method: 'GET', path: executionPath(executionId), query, signal })).data
  }

  /** What happens in an execution, from its beginning or from `after` on, until its end. Connections that break off are made anew. */
  stream(executionId: string, options: StreamOptions = {}): AsyncGenerator<StreamFrame, void> {
    return openStream(this.#transport, executionId, options)
  }

  /** Executions that history knows, newest first. */
  async *list({ signal, metadata = {}, ...query }: SearchQuery = {}): AsyncGenerator<ExecutionItem, void> {
    const members = Object.entries(metadata).map(([key, value]) => [`metadata.${key}`, value])
    yield* this.#pages<ExecutionItem>('/executions', {
      query: {
        status: query.status,
        workflow_id: query.workflowId,
        correlation_id: query.correlationId,
        parent_execution_id: query.parentExecutionId,
        from: query.from?.toISOString(),
        to: query.to?.toISOString(),
        ...Object.fromEntries(members),
      },
      signal,
    })
  }

  /** The nodes of an execution by path, those in loops included. `prefix`: one node or iteration, with all that is inside it. */
  async *nodes(
    executionId: string,
    { prefix, status }: { prefix?: string; status?: string } = {},
  ): AsyncGenerator<NodeView, void> {
    yield* this.#pages<NodeView>(`${executionPath(executionId)}/nodes`, { query: { prefix, status } })
  }

  /** @throws ConflictError where it is paused already, or has ended */
  pause(executionId: string): Promise<ControlledExecution> {
    return this.#control(executionId, 'pause')
  }

  /** @throws ConflictError where it is not paused */
  resume(executionId: string): Promise<ControlledExecution> {
    return this.#control(executionId, 'resume')
  }

  /** Runs what failed or was cancelled again. */
  recover(executionId: string): Promise<ControlledExecution> {
    return this.#control(executionId, 'recover')
  }

  /** Runs parts of an execution that has ended again; without a plan, all of it. */
  replay(executionId: string, plan: { from?: string; patch?: JsonObject; version?: number } = {}): Promise<ControlledExecution> {
    return this.#control(executionId, 'replay', plan)
  }

  /** @throws InvalidRequestError where it has ended */
  async cancel(executionId: string, reason?: string): Promise<void> {
    await this.#transport.call({ method: 'POST', path: `${executionPath(executionId)}/cancel`, body: { reason } })
  }

  /** Delivers an event; the same key delivers once. */
  async signal(executionId: string, event: string, payload: unknown, idempotencyKey?: string): Promise<void> {
    const path = `${executionPath(executionId)}/signals/${encodeURIComponent(event)}`
    const headers = idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }
    await this.#transport.call({ method: 'POST', path, body: payload ?? null, headers })
  }

  /** Stores a workflow; one that exists gets a new version, unless nothing has changed. Answers the version's number. */
  async save(workflowId: string, definition: JsonObject): Promise<number> {
    const body = { ...definition, workflow_id: workflowId }
    const path = `/workflows/${encodeURIComponent(workflowId)}`
    try {
      return (await this.#transport.call<StoredVersion>({ method: 'PUT', path, body })).data.version
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error
      return (await this.#transport.call<StoredVersion>({ method: 'POST', path: '/workflows', body })).data.version
    }
  }

  async #control(executionId: string, action: string, body: JsonObject = {}): Promise<ControlledExecution> {
    const path = `${executionPath(executionId)}/${action}`
    return (await this.#transport.call<ControlledExecution>({ method: 'POST', path, body })).data
  }

  async *#pages<Item>(path: string, { query, signal }: Pick<Call, 'query' | 'signal'>): AsyncGenerator<Item, void> {
    let cursor: string | undefined
    do {
      const page = { ...query, limit: PAGE, cursor }
      const { data, meta } = await this.#transport.call<readonly Item[]>({ method: 'GET', path, query: page, signal })
      yield* data
      cursor = typeof meta.next === 'string' ? meta.next : undefined
    } while (cursor !== undefined)
  }
}

const executionPath = (executionId: string): string => `/executions/${encodeURIComponent(executionId)}`
