// `task`: the node waits for an external worker, which completes or fails it once.
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/core/command.ts'
import { mustInstance } from '../../src/core/instance.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_OUTPUT_BYTES } from '../../src/core/limits.ts'
import { planReplay } from '../../src/core/plan-replay.ts'
import { formatTaskId, parseTaskId } from '../../src/core/task-id.ts'
import { blockedOn } from '../../src/history/blocked-on.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { body, each, nodeAt, restored, statusAt, value } from '../support/loops.ts'
import { EPOCH_START, graph, TestRun } from '../support/run.ts'

const task = (id: string, config: JsonObject = {}, more: JsonObject = {}): JsonObject => ({ id, type: 'task', config, ...more })
const EXACT = { strategy: 'fixed', max_attempts: 2, initial_delay_ms: 1_000, jitter: 'none' }

const runOf = (nodes: readonly JsonObject[], edges: readonly string[] = [], inputs: JsonObject = {}) =>
  new TestRun(graph(nodes, edges), inputs)

/** The number of the task that a node waits with. */
function taskOf(run: TestRun, path: string): number {
  const node = nodeAt(run, path)
  if (node.status !== 'waiting') throw new Error(`${path} is ${node.status}`)
  return node.sinceSeq
}

const complete = (node: string, since: number, output: Json = null): Command => ({
  type: 'settle_task',
  node,
  since,
  result: { kind: 'completed', output },
  by: 'box-1',
})

const fail = (node: string, since: number, retryable = true): Command => ({
  type: 'settle_task',
  node,
  since,
  result: { kind: 'failed', error: { code: 'TASK_FAILED', message: 'out of memory', retryable } },
  by: 'box-1',
})

describe('a task', () => {
  it('waits for a worker, with its config rendered once', () => {
    const run = runOf(
      [task('t', { queue: 'gpu', tags: ['cuda'], payload: { size: '{{ inputs.n + 1 }}' }, lease_seconds: 5 })],
      [],
      { n: 1 },
    )
    expect(run.journal[0]?.events.slice(2)).toEqual([
      {
        type: 'node.waiting',
        node: 't',
        on: { kind: 'task', queue: 'gpu', tags: ['cuda'], leaseSeconds: 5, since: EPOCH_START },
        attempt: 1,
        config: { queue: 'gpu', tags: ['cuda'], payload: { size: 2 }, lease_seconds: 5 },
      },
    ])
    expect(nodeAt(run, 't')).toMatchObject({ status: 'waiting', resumeAt: null, attempt: 1, config: { payload: { size: 2 } } })
    expect(run.effects).toEqual([])
    expect(restored(run)).toEqual(run.state)
  })

  it('says what it waits for, since when, and by which name', () => {
    const run = runOf([task('t', { queue: 'gpu', tags: ['a', 'b'] }, { timeout_seconds: 60 })])
    expect(blockedOn(run.state, mustInstance(run.state, 't'))).toEqual({
      kind: 'worker',
      until: '2026-01-01T00:01:00.000Z',
      detail:
        'no worker of the queue gpu with the tags a, b has done it; waits since 2026-01-01T00:00:00.000Z as task 0123456789abcdef.t.3',
    })
    expect(taskOf(run, 't')).toBe(3)
  })

  it('gives what the worker has made of it', () => {
    const run = runOf([task('t'), value('after', '{{ input.sum + 1 }}')], ['t>after'])
    expect(run.send(complete('t', 3, { sum: 2 })).events).toEqual([
      { type: 'node.completed', node: 't', output: { sum: 2 }, takenEdges: [], metadata: { task: 3, worker: 'box-1' } },
      { type: 'node.completed', node: 'after', output: 3 },
      { type: 'execution.completed', output: 3 },
    ])
  })

  it('may give null', () => {
    const run = runOf([task('t')])
    run.send(complete('t', 3))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: null })
  })

  it('fails where the result is larger than an output may be', () => {
    const run = runOf([task('t')])
    run.send(complete('t', 3, 'x'.repeat(MAX_OUTPUT_BYTES - 2)))
    expect(run.state.phase.status).toBe('completed')
    const large = runOf([task('t')])
    large.send(complete('t', 3, 'x'.repeat(MAX_OUTPUT_BYTES - 1)))
    expect(large.state.phase).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_TOO_LARGE' } })
    expect(large.send(complete('t', 3)).noOp).toBe('ALREADY_SETTLED')
  })

  it('runs in every iteration of a loop', () => {
    const run = runOf([each(body([task('t', { payload: '{{ item }}' })]))], [], { list: ['a', 'b'] })
    for (const path of ['each[1].t', 'each[0].t']) run.send(complete(path, taskOf(run, path), path))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['each[0].t', 'each[1].t'] })
  })
})

describe('a task that a worker gives up', () => {
  it('is another task after a while, with the same config, as the retry policy says', () => {
    const run = runOf([task('t', { payload: '{{ uuid() }}' }, { retry: EXACT })])
    const first = nodeAt(run, 't')
    run.send(fail('t', 3))
    expect(nodeAt(run, 't')).toMatchObject({ status: 'retrying', attempt: 1, failures: 1, resumeAt: run.now + 1_000 })
    expect(restored(run)).toEqual(run.state)
    expect(run.send(complete('t', 3)).noOp).toBe('ALREADY_SETTLED')
    run.wakeAfter(1_000)
    const second = nodeAt(run, 't')
    expect(second).toMatchObject({ status: 'waiting', attempt: 2, on: { since: run.now } })
    expect('config' in second && second.config).toEqual('config' in first && first.config)
    expect(run.journal.at(-1)?.events[0]).not.toHaveProperty('config')
    expect(run.send(complete('t', 3)).noOp).toBe('SUPERSEDED_ATTEMPT')
    run.send(complete('t', taskOf(run, 't'), 'done'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'done' })
  })

  it('is retried three times unless told otherwise, as what touches the world', () => {
    const run = runOf([task('t')])
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(nodeAt(run, 't')).toMatchObject({ status: 'waiting', attempt })
      run.send(fail('t', taskOf(run, 't')))
      if (attempt < 3) run.wakeAfter(60_000)
    }
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'TASK_FAILED', message: 'out of memory' } })
    expect(nodeAt(run, 't')).toMatchObject({ status: 'failed', error: { attempts: 3 } })
  })

  it('for good is not tried again; its error edge catches it', () => {
    const run = runOf([task('t'), value('plan_b', '{{ error.code }}')], ['t:error>plan_b'])
    run.send(fail('t', 3, false))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'TASK_FAILED' })
  })
})

describe('a task that nobody does', () => {
  it('in time fails as an attempt does', () => {
    const run = runOf([task('t', {}, { timeout_seconds: 5, retry: EXACT })])
    run.wakeAfter(5_000)
    expect(nodeAt(run, 't')).toMatchObject({ status: 'retrying', error: { code: 'NODE_TIMEOUT', retryable: true } })
    expect(run.send(complete('t', 3)).noOp).toBe('NOT_WAITING_FOR_IT')
    run.wakeAfter(1_000)
    run.wakeAfter(5_000)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'NODE_TIMEOUT' } })
  })

  it('is cancelled with its execution', () => {
    const run = runOf([task('t')])
    run.send({ type: 'cancel', by: 'ada', reason: null })
    expect(statusAt(run, 't')).toBe('cancelled')
    expect(run.send(complete('t', 3)).noOp).toBe('ALREADY_FINISHED')
  })

  it('is a new task after a recovery', () => {
    const run = runOf([task('t')])
    run.send({ type: 'cancel', by: 'ada', reason: null })
    run.send({ type: 'recover', by: 'ada' })
    const since = taskOf(run, 't')
    expect(run.send(complete('t', 3)).noOp).toBe('SUPERSEDED_ATTEMPT')
    run.send(complete('t', since, 'late'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'late' })
  })
})

describe('what is told twice, or of another task', () => {
  it('is a named no-op', () => {
    const run = runOf([task('t'), task('u'), value('v', 1)])
    run.send(complete('t', 3, 'first'))
    for (const again of [complete('t', 3, 'second'), fail('t', 3)]) expect(run.send(again).noOp).toBe('ALREADY_SETTLED')
    expect(run.state.outputs.t).toBe('first')
    expect(run.send(complete('u', 3)).noOp).toBe('SUPERSEDED_ATTEMPT')
    expect(run.send(complete('v', 3)).noOp).toBe('NOT_WAITING_FOR_IT')
    expect(run.send(complete('nobody', 3)).noOp).toBe('UNKNOWN_NODE')
    run.send(complete('u', taskOf(run, 'u')))
    expect(run.state.phase.status).toBe('completed')
    expect(run.send(complete('t', 3)).noOp).toBe('ALREADY_SETTLED')
  })

  it('is accepted while the execution is paused, and nothing new begins', () => {
    const run = runOf([task('t'), value('after', 1)], ['t>after'])
    run.send({ type: 'pause', by: 'ada', reason: null })
    run.send(complete('t', 3))
    expect(run.statuses()).toEqual({ t: 'completed', after: 'pending' })
    run.send({ type: 'resume', by: 'ada' })
    expect(run.state.phase.status).toBe('completed')
  })

  it('a replay makes a task of its own', () => {
    const run = runOf([task('t')])
    run.send(complete('t', 3, 1))
    const planning = planReplay(run.state, { from: 't' }, nodeTypes)
    if (!('plan' in planning)) throw new Error(JSON.stringify(planning))
    run.send({ type: 'replay', by: 'ada', plan: planning.plan })
    expect(run.send(complete('t', 3)).noOp).toBe('SUPERSEDED_ATTEMPT')
    run.send(complete('t', taskOf(run, 't'), 2))
    expect(run.state.phase).toMatchObject({ output: 2 })
  })
})

describe('the name of a task', () => {
  it.each(['t', 'each[3].fetch', 'a.b[0].7', '1.2'])('is read as it was written: %s', (node) => {
    const name = { executionId: '0123456789abcdef', node, since: 12 }
    expect(parseTaskId(formatTaskId(name))).toEqual(name)
  })

  it.each(['', 'x', 'x.t', 'x.t.', 'x.t.0', 'x.t.-1', 'x..1', '.t.1', 'x.t.1e3', `x.t.${'9'.repeat(16)}`])(
    'is not %j',
    (text) => {
      expect(parseTaskId(text)).toBeNull()
    },
  )
})
