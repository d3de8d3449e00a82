// What an attempt took is told also where it failed: by its event, and by the state until the next attempt tells otherwise.
import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { restoreSnapshot, takeSnapshot } from '../../src/core/snapshot.ts'
import { viewExecution } from '../../src/history/execution-view.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { failure, graph, success, TestRun } from '../support/run.ts'

const took = (result: AttemptResult, metadata: JsonObject): AttemptResult =>
  result.kind === 'child' ? result : { ...result, metadata }
const call = (more: object = {}) =>
  graph([{ id: 'call', type: 'http', config: { url: 'https://example.com/' }, retry: { max_attempts: 2 }, ...more }], [])

const shown = ({ state, now }: TestRun) =>
  viewExecution(state, null, { now, includeLogs: false, includeMetrics: false }).node_states.call

it('by a retry, then by what comes after it', () => {
  const run = new TestRun(call())
  run.settle('call', took(failure(), { latency_ms: 12, host: 'example.com' }))
  expect(run.journal.at(-1)?.events).toMatchObject([{ type: 'node.retry_scheduled', metadata: { latency_ms: 12 } }])
  expect(shown(run)).toMatchObject({ status: 'waiting', metadata: { latency_ms: 12, host: 'example.com' }, latency_ms: 12 })
  run.wakeAfter(3_600_000)
  expect(shown(run)).toMatchObject({ status: 'running', metadata: {} })
  run.settle('call', took(success(), { latency_ms: 7 }), 2)
  expect(shown(run)).toMatchObject({ status: 'completed', metadata: { latency_ms: 7 } })
})

it.each([{}, { on_error: 'continue' }])('by the last failure: %j', (more) => {
  const run = new TestRun(call(more))
  run.settle('call', took(failure({ retryable: false }), { latency_ms: 30_000, status: 503, cost_usd: 0.02 }))
  expect(run.journal.at(-1)?.events[0]).toMatchObject({ type: 'node.failed', metadata: { status: 503 } })
  expect(shown(run)).toMatchObject({ status: 'failed', latency_ms: 30_000, metadata: { status: 503, cost_usd: 0.02 } })
  const created = run.journal[0]?.events[0]
  if (created?.type !== 'execution.created') throw new Error('a journal begins with the creation')
  expect(restoreSnapshot(JSON.parse(JSON.stringify(takeSnapshot(run.state))), created, nodeTypes)).toEqual(run.state)
})

it('by a failure that is made of a result', () => {
  const run = new TestRun(call())
  run.settle('call', took(success('x'.repeat(2_000_000)), { latency_ms: 5 }))
  expect(shown(run)).toMatchObject({ status: 'failed', error_type: 'OUTPUT_TOO_LARGE', metadata: { latency_ms: 5 } })
})

it('by nothing where nothing is told', () => {
  const run = new TestRun(call())
  run.settle('call', failure({ retryable: false }))
  expect(run.journal.at(-1)?.events[0]).not.toHaveProperty('metadata')
  expect(run.state.nodes.get('call')).not.toHaveProperty('metadata')
  expect(shown(run)?.metadata).toEqual({})
})
