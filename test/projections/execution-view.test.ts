import { describe, expect, it } from 'vitest'
import type { ExecutionEvent } from '../../src/core/event.ts'
import { viewExecution } from '../../src/history/execution-view.ts'
import { at, created, fold, iso, journal, refused, started } from './journal.ts'

const bare = { now: at(10), includeLogs: false, includeMetrics: false }
const viewOf = (...rows: readonly (readonly ExecutionEvent[])[]) => viewExecution(fold(journal(...rows)), null, bare)

const graph = {
  nodes: { first: 'start', check: 'condition', call: 'http-request', other: 'value', last: 'value' },
  edges: ['first>check', 'check.true>call', 'check.false>other', 'call>last', 'other>last'],
  variables: { region: 'eu' },
}
const birth = created(graph, {}, { name: 'Ada' })
const begun: readonly ExecutionEvent[] = [
  birth,
  started,
  { type: 'node.completed', node: 'first' },
  { type: 'node.completed', node: 'check', ports: ['true'] },
  { type: 'node.skipped', node: 'other' },
]
const calls: ExecutionEvent = { type: 'node.started', node: 'call', attempt: 1, config: {}, leaseUntil: at(30) }
const retries: ExecutionEvent = { type: 'node.retry_scheduled', node: 'call', attempt: 1, error: refused, resumeAt: at(9) }
const called: ExecutionEvent = {
  type: 'node.completed',
  node: 'call',
  output: { status: 200 },
  metadata: { latency_ms: 120, cached: true },
}

describe('viewExecution of an open execution', () => {
  it('has every key of the contract', () => {
    const { node_states, ...rest } = viewOf(begun, [calls])
    expect(Object.keys(node_states)).toEqual(['first', 'check', 'call', 'other', 'last'])
    expect(rest).toEqual({
      execution_id: '00000000000000aa',
      workflow_id: 'greeting',
      workflow_version: 3,
      config_hash: 'c0ffee',
      status: 'running',
      priority: 'normal',
      start_time: iso(0),
      end_time: null,
      execution_time_seconds: 10,
      timeout_seconds: null,
      deadline_at: null,
      execution_path: ['first', 'check'],
      node_results: { first: { name: 'Ada' }, check: { name: 'Ada' } },
      variables: { region: 'eu', name: 'Ada' },
      final_variables: null,
      final_output: null,
      errors: [],
      error_message: null,
      error_node_id: null,
      triggered_by: 'ada@example.com',
      trigger_type: 'api',
      metadata: { trigger_source: 'test' },
      parent_execution_id: null,
      correlation_id: 'order-7',
      session_id: null,
      trace_id: '0123456789abcdef0123456789abcdef',
      epoch: 1,
    })
  })

  it('shows every key of a node, null where it does not apply', () => {
    expect(viewOf(begun, [calls]).node_states.call).toEqual({
      node_id: 'call',
      type: 'http-request',
      status: 'running',
      started_at: iso(1),
      completed_at: null,
      input_data: { check: { name: 'Ada' } },
      output_data: {},
      attempt: 1,
      retry_count: 0,
      latency_ms: null,
      cached: false,
      logs: [],
      error: null,
      error_type: null,
      blocked_on: { kind: 'lease', until: iso(30), detail: 'attempt 1 is under way' },
      metadata: {},
    })
  })

  it('shows a retry as waiting, with the error it follows', () => {
    expect(viewOf(begun, [calls], [retries]).node_states.call).toMatchObject({
      status: 'waiting',
      attempt: 1,
      retry_count: 0,
      error: '503 from api.example.com',
      error_type: 'HTTP_STATUS',
      blocked_on: { kind: 'retry', until: iso(9), detail: 'attempt 2 after HTTP_STATUS: 503 from api.example.com' },
    })
  })

  it('names what a node waits for', () => {
    expect(viewOf([birth]).node_states.last?.blocked_on).toEqual({ kind: 'join', detail: 'the execution has not started' })
    expect(viewOf([birth, started]).node_states.last?.blocked_on).toEqual({ kind: 'join', detail: 'waits for call, other' })
    expect(viewOf([birth, started]).node_states.first?.blocked_on).toEqual({ kind: 'join', detail: 'about to run' })
    const waiting: ExecutionEvent = { type: 'node.waiting', node: 'call', resumeAt: at(60) }
    expect(viewOf(begun, [waiting]).node_states.call?.blocked_on).toMatchObject({ kind: 'timer', until: iso(60) })
  })

  it('leaves workflow_id out where there is none, and takes no time before the start', () => {
    const view = viewOf([created(graph, { workflowId: null })])
    expect(view).not.toHaveProperty('workflow_id')
    expect(view).toMatchObject({ status: 'pending', execution_time_seconds: 0, start_time: iso(0) })
  })
})

describe('viewExecution of a completed execution', () => {
  const end: readonly ExecutionEvent[] = [
    called,
    { type: 'node.completed', node: 'last', output: 'done', assign: { region: 'us' } },
    { type: 'execution.completed', output: 'done' },
  ]
  const entries = journal(begun, [calls], [retries], [{ ...calls, attempt: 2 }], end)
  const view = viewExecution(fold(entries), entries, { now: at(99), includeLogs: true, includeMetrics: true })

  it('tells result, variables and times', () => {
    expect(view).toMatchObject({
      status: 'completed',
      end_time: iso(4),
      execution_time_seconds: 4,
      final_output: 'done',
      final_variables: { region: 'us', name: 'Ada' },
      execution_path: ['first', 'check', 'call', 'last'],
    })
  })

  it('tells ports, retries and what the attempt measured', () => {
    expect(view.node_states.call).toMatchObject({
      status: 'completed',
      started_at: iso(1),
      completed_at: iso(4),
      output_data: { out: { port_name: 'out', data: { status: 200 }, timestamp: iso(4) } },
      attempt: 2,
      retry_count: 1,
      latency_ms: 120,
      cached: true,
      blocked_on: null,
    })
    expect(view.node_states.check?.output_data).toEqual({
      true: { port_name: 'true', data: { name: 'Ada' }, timestamp: iso(0) },
    })
    expect(view.node_states.other).toMatchObject({ status: 'skipped', started_at: null, attempt: 0, blocked_on: null })
    expect(view.node_states.first?.input_data).toEqual({ name: 'Ada' })
  })

  it('has the log, and each node its lines', () => {
    expect(view.logs?.[0]).toEqual({ timestamp: iso(0), node_id: null, message: 'Execution created' })
    expect(view.logs).toHaveLength(11)
    expect(view.node_states.call?.logs).toEqual([
      'Step started: call',
      `call failed (attempt 1), next attempt at ${iso(9)}: HTTP_STATUS 503 from api.example.com`,
      'Step started: call (attempt 2)',
      'Step completed: call (120ms)',
    ])
  })

  it('has the metrics', () => {
    expect(view.metrics).toEqual({
      execution_id: '00000000000000aa',
      workflow_id: 'greeting',
      total_duration_seconds: 4,
      node_count: 5,
      nodes_executed: 4,
      nodes_skipped: 1,
      nodes_failed: 0,
      average_node_time_seconds: 0.75,
      slowest_node_id: 'call',
      slowest_node_time_seconds: 3,
      variable_count: 2,
      memory_used_mb: null,
      timestamp: iso(99),
    })
  })
})

describe('viewExecution of a failed execution', () => {
  const fails: ExecutionEvent = { type: 'node.failed', node: 'call', error: refused, attempts: 3, route: 'execution' }

  it('keeps the results of the nodes before, and names node and error', () => {
    const view = viewOf(begun, [
      fails,
      { type: 'node.skipped', node: 'last' },
      { type: 'execution.failed', error: refused, node: 'call' },
    ])
    expect(view).toMatchObject({
      status: 'failed',
      end_time: iso(1),
      node_results: { first: { name: 'Ada' }, check: { name: 'Ada' } },
      final_output: null,
      final_variables: { region: 'eu', name: 'Ada' },
      errors: [{ node_id: 'call', code: 'HTTP_STATUS', error: '503 from api.example.com', timestamp: iso(1) }],
      error_message: '503 from api.example.com',
      error_node_id: 'call',
    })
    expect(view.node_states.call).toMatchObject({ status: 'failed', attempt: 3, retry_count: 2, output_data: {} })
  })

  it('lists a failure that is no node’s', () => {
    const timeout = { code: 'EXECUTION_TIMEOUT', message: 'took longer than 1 s', retryable: false }
    expect(viewOf(begun, [{ type: 'execution.failed', error: timeout, node: null }])).toMatchObject({
      error_node_id: null,
      errors: [{ node_id: null, code: 'EXECUTION_TIMEOUT', error: 'took longer than 1 s', timestamp: iso(1) }],
    })
  })

  it('shows what a caught failure put on its port', () => {
    const onError = viewOf(begun, [{ ...fails, route: 'error_port' }])
    expect(onError.errors).toEqual([])
    expect(onError.node_states.call?.output_data.error?.data).toMatchObject({ code: 'HTTP_STATUS', attempts: 3 })
    const onward = viewOf(begun, [{ ...fails, route: 'continue' }])
    expect(onward.node_states.call?.output_data).toEqual({ out: { port_name: 'out', data: null, timestamp: iso(1) } })
    expect(onward.node_results).not.toHaveProperty('call')
  })
})

describe('viewExecution of odd and large graphs', () => {
  it('keeps nodes whose ids are names of objects', () => {
    const view = viewOf([
      created({ nodes: { constructor: 'start', toString: 'value' }, edges: ['constructor>toString'] }),
      started,
    ])
    expect(Object.keys(view.node_states)).toEqual(['constructor', 'toString'])
  })

  it('reads each edge a bounded number of times', () => {
    const ids = Array.from({ length: 2_000 }, (_, index) => `n${index}`)
    const edges = ids
      .slice(1)
      .flatMap((id, index) => [`n${index}>${id}`, `n0>${id}`])
      .slice(1)
    const large = created({ nodes: Object.fromEntries(ids.map((id) => [id, 'value'])), edges })
    const state = fold(journal([large, started, { type: 'node.completed', node: 'n0', output: 1 }]))
    let reads = 0
    const nodes = new Map(state.nodes)
    nodes.get = (id) => {
      reads += 1
      return state.nodes.get(id)
    }
    viewExecution({ ...state, nodes }, null, bare)
    expect(reads).toBeLessThan(10 * (ids.length + edges.length))
  })
})
