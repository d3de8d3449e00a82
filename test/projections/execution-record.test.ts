import { describe, expect, it } from 'vitest'
import { executionRecordSchema, toExecutionRecord } from '../../src/history/execution-record.ts'
import { summarizeExecution } from '../../src/history/execution-summary.ts'
import { at, created, fold, iso, journal, refused, started } from './journal.ts'

const birth = created({ nodes: { call: 'http-request' }, edges: [] }, {}, { name: 'SECRET' })
const open = fold(journal([birth, started, { type: 'node.waiting', node: 'call', resumeAt: at(60) }]))
const failed = fold(
  journal(
    [birth, started],
    [
      { type: 'node.failed', node: 'call', error: refused, attempts: 1, route: 'execution' },
      { type: 'execution.failed', error: refused, node: 'call' },
    ],
  ),
)

describe('toExecutionRecord', () => {
  it('tells of an open execution when it wakes', () => {
    expect(toExecutionRecord(open, { wakeAt: at(60), expiresAt: at(999) })).toEqual({
      version: 1,
      execution_id: '00000000000000aa',
      community_id: 'default',
      workflow_id: 'greeting',
      workflow_version: 3,
      config_hash: 'c0ffee',
      status: 'waiting',
      epoch: 1,
      seq: 3,
      priority: 'normal',
      trigger_type: 'api',
      triggered_by: 'ada@example.com',
      trace_id: '0123456789abcdef0123456789abcdef',
      correlation_id: 'order-7',
      parent_execution_id: null,
      metadata: { trigger_source: 'test' },
      started_at: at(0),
      ended_at: null,
      nodes_executed: 0,
      error_code: null,
      error_message: null,
      error_node_id: null,
      wake_at: at(60),
      expires_at: null,
    })
  })

  it('tells of a failed one why, and when it expires', () => {
    const record = toExecutionRecord(failed, { wakeAt: at(60), expiresAt: at(999) })
    expect(record).toMatchObject({
      status: 'failed',
      ended_at: at(1),
      nodes_executed: 1,
      error_code: 'HTTP_STATUS',
      error_message: '503 from api.example.com',
      error_node_id: 'call',
      wake_at: null,
      expires_at: at(999),
    })
    expect(executionRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record)
  })

  it('carries no payload', () => {
    expect(JSON.stringify(toExecutionRecord(failed, { wakeAt: null, expiresAt: null }))).not.toContain('SECRET')
  })
})

describe('summarizeExecution', () => {
  it('shows what a start answers', () => {
    expect(summarizeExecution(open)).toEqual({
      execution_id: '00000000000000aa',
      workflow_id: 'greeting',
      workflow_version: 3,
      config_hash: 'c0ffee',
      status: 'waiting',
      start_time: iso(0),
      execution_path: [],
    })
  })
})
