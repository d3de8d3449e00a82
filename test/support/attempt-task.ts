import type { AttemptTask } from '../../src/runner/task.ts'

/** An attempt's task; what a test is about it sets itself. */
export const attemptTask = (over: Partial<AttemptTask> = {}): AttemptTask => ({
  communityId: 'default',
  executionId: 'e1e1e1e1e1e1e1e1',
  workflowId: 'orders',
  correlationId: 'order-7',
  parentExecutionId: null,
  traceId: 'a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0',
  epoch: 1,
  node: 'call',
  nodeType: 'http-request',
  run: 1,
  attempt: 2,
  startedAt: Date.parse('2026-03-04T05:06:07.089Z'),
  config: {},
  timeoutMs: 20_000,
  ...over,
})
