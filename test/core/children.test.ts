// Nodes whose child is another execution: how its end settles them, and which children are let go of.
import { describe, expect, it } from 'vitest'
import { awaitsChild, childOf } from '../../src/core/awaits-child.ts'
import type { ChildEnd } from '../../src/core/command.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_CHILD_ERROR_CHARACTERS, MAX_OUTPUT_BYTES } from '../../src/core/limits.ts'
import { nodeError } from '../../src/core/node-error.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { restoreSnapshot, takeSnapshot } from '../../src/core/snapshot.ts'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { failure, graph, TestRun } from '../support/run.ts'

const ID = '0123456789abcdef'
const CHILD = 'c000000000000001'
const OTHER = 'c000000000000002'

const calls = (id: string, more: JsonObject = {}) => ({ id, type: 'workflow', config: { workflow_id: 'other' }, ...more })
const retried = { retry: { strategy: 'fixed', initial_delay_ms: 1000, jitter: 'none', retry_on: ['CHILD_FAILED'] } }
const end = { id: 'z', config: { value: 'end' } }
const started = (executionId: string): AttemptResult => ({ kind: 'child', executionId })
const completed = (output: Json): ChildEnd => ({ status: 'completed', output })
const failed = (message = 'no', cause?: string): ChildEnd => ({
  status: 'failed',
  error: nodeError('HTTP_STATUS', message, cause === undefined ? {} : { cause }),
})
const cancelled: ChildEnd = { status: 'cancelled', error: null }

const parentOf = (node: string, { epoch = 1, failures = 0 } = {}) => ({ executionId: ID, epoch, node, failures })
const ends = (run: TestRun, node: string, childEnd: ChildEnd, { executionId = CHILD, epoch = 1, failures = 0 } = {}) =>
  run.send({ type: 'child_ended', executionId, end: childEnd, parent: parentOf(node, { epoch, failures }) })
const awaits = (run: TestRun, node: string, { executionId = CHILD, epoch = 1, failures = 0 } = {}) =>
  awaitsChild(run.state, parentOf(node, { epoch, failures }), executionId)

/** A run whose node `a` waits for its child. */
function waiting(more: JsonObject = {}): TestRun {
  const run = new TestRun(graph([calls('a', more), end], ['a>z']))
  run.settle('a', started(CHILD))
  return run
}

describe('a node that has started a child', () => {
  it('waits for it without a moment of its own', () => {
    const run = waiting()
    expect(run.node('a')).toMatchObject({ status: 'waiting', on: { kind: 'child', executionId: CHILD }, resumeAt: null })
    expect(run.told(1)).toEqual(['node.waiting a'])
    expect(childOf(run.node('a'))).toBe(CHILD)
    expect(awaits(run, 'a')).toBe('yes')
  })

  it('gives what the child gives', () => {
    const run = waiting()
    ends(run, 'a', completed({ sum: 3 }))
    expect(run.node('a')).toMatchObject({ status: 'completed', output: { sum: 3 }, metadata: { execution_id: CHILD } })
    expect(run.state.phase.status).toBe('completed')
    expect(childOf(run.node('a'))).toBe(CHILD)
    expect(run.state.orphans).toEqual([])
  })

  it('fails where the child failed, with its error as the cause', () => {
    const run = waiting()
    ends(run, 'a', failed('answered 500'))
    expect(run.state.phase).toMatchObject({
      status: 'failed',
      node: 'a',
      error: {
        code: 'CHILD_FAILED',
        retryable: false,
        message: `node a: the execution ${CHILD} failed: HTTP_STATUS: answered 500`,
        cause: { execution_id: CHILD, status: 'failed', error: { code: 'HTTP_STATUS', message: 'answered 500' } },
      },
    })
    expect(childOf(run.node('a'))).toBe(CHILD)
  })

  it('fails where the child was cancelled', () => {
    const run = waiting()
    ends(run, 'a', cancelled)
    expect(run.state.phase).toMatchObject({
      status: 'failed',
      error: { code: 'CHILD_FAILED', cause: { execution_id: CHILD, status: 'cancelled' } },
    })
  })

  it('takes its error edge', () => {
    const run = new TestRun(graph([calls('a'), end], ['a:error>z']))
    run.settle('a', started(CHILD))
    ends(run, 'a', failed())
    expect(run.statuses()).toEqual({ a: 'failed', z: 'completed' })
  })

  it('takes the end before it knows how the child is called, and the settlement after it is too late', () => {
    const run = new TestRun(graph([calls('a'), end], ['a>z']))
    ends(run, 'a', completed(1))
    expect(run.node('a')).toMatchObject({ status: 'completed', output: 1, metadata: { execution_id: CHILD } })
    expect(run.settle('a', started(CHILD)).noOp).toBe('ALREADY_FINISHED')
  })

  it('hears one end', () => {
    const run = waiting()
    ends(run, 'a', completed(1))
    expect(ends(run, 'a', completed(2)).noOp).toBe('ALREADY_FINISHED')
    expect(run.node('a')).toMatchObject({ output: 1 })
  })

  it.each([
    ['another child', { executionId: OTHER }],
    ['a node that does not exist', { node: 'x' }],
    ['a node that does not wait', { node: 'z' }],
  ])('hears none of %s', (_, { node = 'a', ...who }: { node?: string; executionId?: string }) => {
    const run = waiting()
    expect(ends(run, node, completed(1), who).noOp).toBe('NOT_WAITING_FOR_IT')
    expect(awaits(run, node, who)).toBe('no')
  })

  it.each([
    // The attempt under way will find it, and has it tell again.
    ['another epoch', { epoch: 2 }, 'maybe'],
    ['an attempt that was followed by another child', { failures: 1 }, 'no'],
  ])('hears none of %s while its own is not known', (_, who, awaited) => {
    const run = new TestRun(graph([calls('a')], []))
    expect(ends(run, 'a', completed(1), who).noOp).toBe('NOT_WAITING_FOR_IT')
    expect(awaits(run, 'a', who)).toBe(awaited)
  })

  it('takes no end that was told to an earlier epoch', () => {
    const run = waiting()
    ends(run, 'a', failed())
    run.send({ type: 'recover', by: 'ada' })
    run.send({ type: 'settle', epoch: 2, node: 'a', attempt: 1, result: started(CHILD) })
    expect(ends(run, 'a', failed()).noOp).toBe('NOT_WAITING_FOR_IT')
    ends(run, 'a', completed(7), { epoch: 2 })
    expect(run.state.phase).toMatchObject({ status: 'completed' })
  })

  it('hears it while the execution is paused', () => {
    const run = waiting()
    run.send({ type: 'pause', by: 'ada', reason: null })
    ends(run, 'a', completed(1))
    expect(run.statuses()).toEqual({ a: 'completed', z: 'pending' })
    run.send({ type: 'resume', by: 'ada' })
    expect(run.state.phase.status).toBe('completed')
  })
})

describe('what a child gives', () => {
  const text = (bytes: number) => 'x'.repeat(bytes - 2)

  it('may be as large as the output of a node', () => {
    const run = waiting()
    ends(run, 'a', completed(text(MAX_OUTPUT_BYTES)))
    expect(run.node('a').status).toBe('completed')
  })

  it('fails the node above that, and the child is known all the same', () => {
    const run = waiting(retried)
    ends(run, 'a', completed(text(MAX_OUTPUT_BYTES + 1)))
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_TOO_LARGE' } })
    expect(childOf(run.node('a'))).toBe(CHILD)
  })
})

describe("a child's failure", () => {
  /** JSON of the error around its message. */
  const frame = JSON.stringify(nodeError('HTTP_STATUS', '')).length

  it('stands whole in that of the node up to a bound', () => {
    const run = waiting()
    const message = 'x'.repeat(MAX_CHILD_ERROR_CHARACTERS - frame - 100)
    ends(run, 'a', failed(message, 'why'))
    expect(run.state.phase).toMatchObject({ error: { cause: { error: { message, cause: 'why' } } } })
  })

  it('is cut above it, so that sixteen levels of it stay small', () => {
    const run = waiting()
    ends(run, 'a', failed('x'.repeat(MAX_CHILD_ERROR_CHARACTERS + 1), 'why'))
    const cut = { code: 'HTTP_STATUS', retryable: false, message: 'x'.repeat(MAX_CHILD_ERROR_CHARACTERS / 2) }
    expect(run.state.phase).toMatchObject({ error: { cause: { execution_id: CHILD, status: 'failed', error: cut } } })
    expect(JSON.stringify(run.state.phase)).not.toContain('why')
  })
})

describe('a child that takes too long', () => {
  it('is let go of, and the node tries again with another one', () => {
    const run = waiting({ timeout_seconds: 60 })
    expect(run.wakeAfter(59_999).noOp).toBe('NOTHING_DUE')
    const { effects } = run.wakeAfter(1)
    expect(effects).toEqual([{ type: 'child.cancel', executionId: CHILD }])
    expect(run.node('a')).toMatchObject({ status: 'retrying', failures: 1, error: { code: 'NODE_TIMEOUT' } })
    expect(run.state.orphans).toEqual([CHILD])
    expect(awaits(run, 'a')).toBe('no')
    run.wakeAfter(60_000)
    run.settle('a', started(OTHER), 2)
    expect(ends(run, 'a', cancelled).noOp).toBeNull()
    expect(run.state.orphans).toEqual([])
    expect(run.node('a').status).toBe('waiting')
    ends(run, 'a', completed('late'), { executionId: OTHER, failures: 1 })
    expect(run.state.phase.status).toBe('completed')
  })

  it('fails the node in the end, which still knows it', () => {
    const run = waiting({ timeout_seconds: 60, retry: { strategy: 'none' } })
    run.wakeAfter(60_000)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'NODE_TIMEOUT' } })
    expect(childOf(run.node('a'))).toBe(CHILD)
    expect(run.state.orphans).toEqual([CHILD])
  })
})

describe('a child that failed', () => {
  it('is followed by another one where the policy says so', () => {
    const run = waiting(retried)
    const { effects } = ends(run, 'a', failed())
    expect(effects).toEqual([])
    expect(run.node('a')).toMatchObject({ status: 'retrying', failures: 1 })
    expect(run.state.orphans).toEqual([])
    run.wakeAfter(1_000)
    expect(run.node('a')).toMatchObject({ status: 'running', attempt: 2, failures: 1 })
    expect(awaits(run, 'a')).toBe('no')
    expect(awaits(run, 'a', { executionId: OTHER, failures: 1 })).toBe('maybe')
  })
})

describe('an attempt that is lost', () => {
  it('leaves its child to the next one', () => {
    const run = new TestRun(graph([calls('a'), end], ['a>z']))
    run.wakeAfter(30_000)
    expect(run.node('a')).toMatchObject({ status: 'running', attempt: 2, failures: 0 })
    expect(awaits(run, 'a')).toBe('maybe')
    ends(run, 'a', completed(1))
    expect(run.state.phase.status).toBe('completed')
  })

  it('while the execution is paused leaves the end to the next one too: it is not heard, but wanted', () => {
    const run = new TestRun(graph([calls('a'), end], ['a>z']))
    run.send({ type: 'pause', by: 'ada', reason: null })
    run.wakeAfter(30_000)
    expect(run.node('a').status).toBe('retrying')
    expect(ends(run, 'a', completed(1)).noOp).toBe('NOT_WAITING_FOR_IT')
    expect(awaits(run, 'a')).toBe('maybe')
    run.send({ type: 'resume', by: 'ada' })
    ends(run, 'a', completed(1))
    expect(run.state.phase.status).toBe('completed')
  })
})

describe('children that are let go of', () => {
  const both = () => {
    const run = new TestRun(graph([calls('a'), calls('b'), { id: 'c', type: 'http', config: { url: 'http://x.example/' } }], []))
    run.settle('a', started(CHILD))
    run.settle('b', started(OTHER))
    return run
  }
  const cancels = [
    { type: 'child.cancel', executionId: CHILD },
    { type: 'child.cancel', executionId: OTHER },
  ]

  it('are all, at a cancel', () => {
    const run = both()
    expect(run.cancel().effects).toEqual(cancels)
    expect(run.statuses()).toEqual({ a: 'cancelled', b: 'cancelled', c: 'cancelled' })
    expect(childOf(run.node('a'))).toBe(CHILD)
    expect(awaits(run, 'a')).toBe('no')
  })

  it('are all, at a failure', () => {
    const run = both()
    expect(run.settle('c', failure({ retryable: false })).effects).toEqual(cancels)
  })

  it('are all, at the deadline', () => {
    const run = new TestRun(graph([calls('a')], [], { settings: { timeout_seconds: 100 } }))
    run.settle('a', started(CHILD))
    expect(run.wakeAfter(100_000).effects).toEqual([{ type: 'child.cancel', executionId: CHILD }])
  })

  it('are those of the nodes that a join has ended', () => {
    const run = new TestRun(graph([calls('a'), calls('b'), { ...end, join: 'any', cancel_rest: true }], ['a>z', 'b>z']))
    run.settle('a', started(CHILD))
    run.settle('b', started(OTHER))
    const { effects } = ends(run, 'b', completed(1), { executionId: OTHER })
    expect(effects).toEqual([{ type: 'child.cancel', executionId: CHILD }])
    expect(run.state.phase.status).toBe('completed')
  })

  it('tell their end in vain once the execution has ended: it asks each of them whether it has heard', () => {
    const run = both()
    run.cancel()
    expect(ends(run, 'b', cancelled, { executionId: OTHER })).toMatchObject({ noOp: 'ALREADY_FINISHED', effects: [] })
    expect(run.state.phase.status).toBe('cancelled')
  })
})

describe('children of items', () => {
  const over = (items: readonly Json[], more: JsonObject = {}) => {
    const each = { id: 'each', type: 'for-each', config: { items: 'inputs.items', workflow_id: 'other', ...more } }
    return new TestRun(graph([each], []), { items })
  }
  const configAt = (run: TestRun, path: string) => {
    const node = run.state.iterations.get(path)?.nodes.get('run')
    return node !== undefined && 'config' in node ? node.config : null
  }

  it('are one for each, with the item as its inputs', () => {
    const run = over([{ id: 1 }, 'two'])
    expect(configAt(run, 'each[0]')).toEqual({ workflow_id: 'other', inputs: { id: 1 }, item_index: 0 })
    expect(configAt(run, 'each[1]')).toEqual({ workflow_id: 'other', inputs: 'two', item_index: 1 })
    run.settle('each[0].run', started(CHILD))
    run.settle('each[1].run', started(OTHER))
    ends(run, 'each[1].run', completed('b'), { executionId: OTHER })
    ends(run, 'each[0].run', completed('a'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['a', 'b'] })
  })

  it('have the inputs and the workflow that the loop says, rendered for each item', () => {
    const run = over([{ kind: 'x', n: 1 }], {
      workflow_id: 'on-{{ item.kind }}',
      version: 3,
      inputs: { n: '{{ item.n }}', i: '{{ index }}' },
    })
    expect(configAt(run, 'each[0]')).toEqual({ workflow_id: 'on-x', version: 3, inputs: { n: 1, i: 0 } })
  })

  it('are let go of when an item fails', () => {
    const run = over([1, 2, 3])
    run.settle('each[0].run', started(CHILD))
    run.settle('each[1].run', started(OTHER))
    const { effects } = ends(run, 'each[0].run', failed())
    expect(effects).toEqual([{ type: 'child.cancel', executionId: OTHER }])
    expect(run.state.phase).toMatchObject({
      status: 'failed',
      node: 'each',
      error: { code: 'CHILD_FAILED', cause: { index: 0, node: 'each[0].run', execution_id: CHILD } },
    })
    expect(childOf(run.node('each'))).toBeNull()
  })

  it('go on beside one that failed where the loop says so', () => {
    const run = over([1, 2], { on_item_error: 'continue' })
    run.settle('each[0].run', started(CHILD))
    run.settle('each[1].run', started(OTHER))
    expect(ends(run, 'each[0].run', failed()).effects).toEqual([])
    ends(run, 'each[1].run', completed('b'), { executionId: OTHER })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [null, 'b'] })
  })
})

describe('after a recover', () => {
  it('the node finds the child that it had, which is not to be cancelled then', () => {
    const run = waiting()
    run.send({ type: 'cancel', by: 'ada', reason: null })
    expect(run.state).toMatchObject({ orphans: [CHILD], orphanEpochs: { [CHILD]: 1 } })
    run.send({ type: 'recover', by: 'ada' })
    expect(run.node('a')).toMatchObject({ status: 'running', failures: 0, attempt: 1 })
    expect(awaits(run, 'a')).toBe('maybe')
    expect(run.state.orphanEpochs).toEqual({ [CHILD]: 1 })
    run.send({ type: 'settle', epoch: 2, node: 'a', attempt: 1, result: started(CHILD) })
    expect(run.state).toMatchObject({ orphans: [], orphanEpochs: {} })
    run.send({ type: 'cancel', by: 'ada', reason: null })
    expect(run.state).toMatchObject({ orphans: [CHILD], orphanEpochs: { [CHILD]: 2 } })
  })
})

describe('the child that an attempt is for', () => {
  const wanted = (run: TestRun) => attemptTask(run.state, 'a').child?.parent

  it('is the same after a failure at starting it', () => {
    const run = new TestRun(graph([calls('a', { retry: { strategy: 'fixed', initial_delay_ms: 1000, jitter: 'none' } })], []))
    run.settle('a', failure({ code: 'NETWORK_ERROR' }))
    run.wakeAfter(1_000)
    expect(run.node('a')).toMatchObject({ status: 'running', failures: 1 })
    expect(wanted(run)).toEqual(parentOf('a', { failures: 0 }))
  })

  it.each([
    ['while it is waited for', started(CHILD)],
    ['before it is known', null],
  ])('is another one after the failure of a child %s, in a later epoch too', (_, result) => {
    const run = new TestRun(graph([calls('a', { retry: { ...retried.retry, max_attempts: 2 } })], []))
    if (result !== null) run.settle('a', result)
    ends(run, 'a', failed())
    run.wakeAfter(1_000)
    expect(wanted(run)).toEqual(parentOf('a', { failures: 1 }))
    run.settle('a', started(OTHER), 2)
    ends(run, 'a', failed(), { executionId: OTHER, failures: 1 })
    run.send({ type: 'recover', by: 'ada' })
    expect(wanted(run)).toEqual(parentOf('a', { epoch: 2, failures: 1 }))
  })
})

describe('a child that its parent finds in a later epoch', () => {
  const parent = (epoch: number) => ({ executionId: OTHER, epoch, node: 'call', failures: 0 })
  const child = (definition: JsonObject) => new TestRun(definition, {}, { parent: parent(1) })
  const rejects = graph([{ id: 'f', type: 'fail', config: { message: 'no' } }], [])
  const waits = graph([{ id: 'w', type: 'delay', config: { delay_seconds: 60 } }], [])

  it('goes on where it failed, and tells its end to that epoch', () => {
    const run = child(rejects)
    run.send({ type: 'adopt', parent: parent(2) })
    expect(run.told(1).slice(0, 2)).toEqual(['execution.recovered', 'execution.adopted'])
    expect(run.state).toMatchObject({ epoch: 2, identity: { parent: parent(2) }, runsForCaller: false })
    expect(run.send({ type: 'adopt', parent: parent(2) }).noOp).toBe('SUPERSEDED_EPOCH')
  })

  it.each([
    ['is under way', waits],
    ['has completed', graph([end], [])],
  ])('only learns of that epoch where it %s', (_, definition) => {
    const run = child(definition)
    const { phase } = run.state
    run.send({ type: 'adopt', parent: parent(2) })
    expect(run.state).toMatchObject({ epoch: 1, phase, identity: { parent: parent(2) } })
    const [created] = run.journal[0]?.events ?? []
    if (created?.type !== 'execution.created') throw new Error('a journal begins with its creation')
    expect(restoreSnapshot(takeSnapshot(run.state), created, nodeTypes)?.identity).toEqual(run.state.identity)
  })
})
