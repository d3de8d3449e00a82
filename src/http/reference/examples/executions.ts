// Examples of the operations on executions, for the reference. They are shown, and held against their schemas; nothing else uses them.
import type { Example } from '../examples.ts'
import { AT, CONFIG_HASH, CONTROLLED, EXECUTION_ID, LAST_PAGE, LATER, PAGINATION, STARTED, WORKFLOW } from './shared.ts'

const NODE = {
  node_id: 'greet',
  type: 'value',
  status: 'completed',
  started_at: AT,
  completed_at: AT,
  input_data: { start: { name: 'Ada' } },
  output_data: { out: { port_name: 'out', data: 'Hello Ada', timestamp: AT } },
  attempt: 1,
  retry_count: 0,
  latency_ms: 0,
  cached: false,
  logs: [],
  error: null,
  error_type: null,
  blocked_on: null,
  metadata: {},
}

const EXECUTION = {
  ...STARTED,
  status: 'completed',
  execution_path: ['start', 'greet'],
  priority: 'normal',
  end_time: LATER,
  execution_time_seconds: 1.25,
  timeout_seconds: null,
  deadline_at: null,
  node_states: { greet: NODE },
  node_results: { greet: 'Hello Ada' },
  variables: {},
  final_variables: {},
  final_output: 'Hello Ada',
  errors: [],
  error_message: null,
  error_node_id: null,
  triggered_by: 'ada',
  trigger_type: 'POST /api/v1/executions',
  metadata: {},
  parent_execution_id: null,
  correlation_id: 'order-17',
  session_id: null,
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  epoch: 1,
}

const ITEM = {
  execution_id: EXECUTION_ID,
  workflow_id: 'greeting',
  workflow_version: 1,
  config_hash: CONFIG_HASH,
  status: 'completed',
  success: true,
  priority: 'normal',
  start_time: AT,
  end_time: LATER,
  execution_time_seconds: 1.25,
  nodes_executed: 2,
  error: null,
  error_code: null,
  error_node_id: null,
  trigger_type: 'POST /api/v1/executions',
  triggered_by: 'ada',
  correlation_id: 'order-17',
  parent_execution_id: null,
  metadata: {},
}

const EVENT = {
  type: 'event',
  seq: 4,
  at: AT,
  event: 'node.completed',
  level: 'info',
  node_id: 'greet',
  message: 'greet completed',
}

const started = { message: 'Workflow execution started', data: STARTED }
const START = { inputs: { name: 'Ada' }, priority: 'high', correlation_id: 'order-17', metadata: { tier: 'gold' } }

export const EXECUTIONS: Readonly<Record<string, Example>> = {
  execute_workflow: { body: START, answer: started },
  create_execution: { body: { workflow_id: 'greeting', ...START }, answer: started },
  create_executions: {
    body: {
      workflow_id: 'greeting',
      executions: [{ inputs: { name: 'Ada' }, idempotency_key: 'order-17' }, { inputs: { name: 'Bob' } }],
    },
    answer: {
      data: [
        { index: 0, status: 202, execution_id: EXECUTION_ID, replayed: false, data: STARTED },
        { index: 1, status: 400, error_code: 'VALIDATION_FAILED', message: 'The inputs do not fit: name is missing' },
      ],
      meta: { started: 1, replayed: 0, refused: 1 },
    },
  },
  list_workflow_executions: { answer: { data: [ITEM], meta: PAGINATION } },
  search_executions: { answer: { data: [ITEM], meta: LAST_PAGE } },
  get_execution_details: { answer: { data: EXECUTION } },
  cancel_execution: {
    body: { reason: 'no longer needed' },
    answer: {
      message: 'Execution cancelled successfully',
      data: { execution_id: EXECUTION_ID, status: 'cancelled', cancelled_at: LATER },
    },
  },
  cancel_executions: {
    body: { workflow_id: 'greeting', status: 'waiting', reason: 'no longer needed' },
    answer: { data: { cancelled: [EXECUTION_ID], next: null } },
  },
  delete_execution: { answer: { message: 'Execution erased', data: { execution_id: EXECUTION_ID } } },
  pause_execution: {
    body: { reason: 'the partner is down' },
    answer: { message: 'Execution paused', data: { ...CONTROLLED, status: 'paused' } },
  },
  resume_execution: { body: {}, answer: { message: 'Execution resumed', data: CONTROLLED } },
  checkpoint_execution: { body: { name: 'before the change' }, answer: { message: 'Checkpoint set', data: CONTROLLED } },
  set_execution_timeout: {
    body: { timeout_seconds: 3_600 },
    answer: {
      message: 'Time limit set',
      data: { ...CONTROLLED, timeout_seconds: 3_600, deadline_at: '2026-03-01T10:00:00.000Z' },
    },
  },
  recover_execution: { body: {}, answer: { data: { ...CONTROLLED, epoch: 2 } } },
  replay_execution: {
    body: { from: 'greet', patch: { greet: { config: { value: 'Good morning {{ inputs.name }}' } } } },
    answer: { data: { ...CONTROLLED, epoch: 2 } },
  },
  test_retry: {
    body: { node_id: 'fetch', failures: 1 },
    answer: {
      data: {
        execution_id: EXECUTION_ID,
        node_id: 'fetch',
        policy: { strategy: 'exponential', max_attempts: 3 },
        schedule: [
          {
            failure: 1,
            outcome: 'retry',
            next_attempt: 2,
            delay_ms: { min: 500, max: 1_500 },
            elapsed_ms: { min: 500, max: 1_500 },
          },
        ],
      },
    },
  },
  get_execution_definition: { answer: { data: WORKFLOW } },
  get_payload: { answer: { data: { rows: ['as large as it is'] } } },
  list_execution_nodes: { answer: { data: [NODE], meta: LAST_PAGE } },
  list_execution_events: { answer: { data: [EVENT], meta: LAST_PAGE } },
  list_execution_logs: {
    answer: {
      data: [
        {
          seq: 4,
          timestamp: AT,
          level: 'info',
          event: 'node.completed',
          node_id: 'greet',
          message: 'greet completed',
          data: null,
        },
      ],
      meta: LAST_PAGE,
    },
  },
  create_stream_token: { answer: { data: { token: 'WyI0YmUwNjQzZjFkOTg1NzNiIl0.c2lnbmF0dXJl', expires_at: LATER } } },
  list_node_types: {
    answer: {
      data: [
        {
          type: 'value',
          aliases: ['number', 'text'],
          summary: 'Gives a value',
          kind: 'inline',
          config_schema: { type: 'object', properties: { value: {} }, required: ['value'] },
          ports: ['out'],
          expressions: [],
          takes_secrets: false,
          default_timeout_seconds: null,
          example: { id: 'greet', type: 'value', config: { value: 'Hello' } },
        },
      ],
    },
  },
}
