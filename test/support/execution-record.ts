import type { ExecutionRecord } from '../../src/history/execution-record.ts'

/** A completed execution of workflow `greet`; give what matters to the test. */
export const executionRecord = (partial: Partial<ExecutionRecord> = {}): ExecutionRecord => ({
  version: 1,
  execution_id: '00000000000000a1',
  community_id: 'default',
  workflow_id: 'greet',
  workflow_version: 1,
  config_hash: 'c0ffee',
  status: 'completed',
  epoch: 0,
  seq: 8,
  priority: 'normal',
  trigger_type: 'api',
  triggered_by: 'ada',
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  correlation_id: null,
  parent_execution_id: null,
  metadata: {},
  started_at: 1_000,
  ended_at: 2_000,
  nodes_executed: 3,
  error_code: null,
  error_message: null,
  error_node_id: null,
  wake_at: null,
  expires_at: 90_000,
  ...partial,
})

/** The same while it is open. */
export const openRecord = (partial: Partial<ExecutionRecord> = {}): ExecutionRecord =>
  executionRecord({ status: 'waiting', seq: 4, ended_at: null, expires_at: null, wake_at: 60_000, nodes_executed: 1, ...partial })

/** The same, failed. */
export const failedRecord = (partial: Partial<ExecutionRecord> = {}): ExecutionRecord =>
  executionRecord({
    status: 'failed',
    error_code: 'HTTP_STATUS',
    error_message: 'answered 500',
    error_node_id: 'call',
    ...partial,
  })
