// `recover`: what failed, was cancelled or never ran because of that runs again; everything else stays.
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import type { Command } from '../../src/core/command.ts'
import { mustInstance, stateOf } from '../../src/core/instance.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { restoreSnapshot, takeSnapshot } from '../../src/core/snapshot.ts'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { body, each, value } from '../support/loops.ts'
import { failure, graph, success, TestRun } from '../support/run.ts'

const RECOVER: Command = { type: 'recover', by: 'operator' }
const http = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'http-request',
  config: { url: 'https://example.com/' },
  ...more,
})

const FINAL = failure({ retryable: false })

/** Whatever happens, the journal and a snapshot tell the same state. */
function expectSameStateFromJournal(run: TestRun): void {
  expect(foldEntries(null, run.journal, nodeTypes)).toEqual(run.state)
  const created = run.journal[0]?.events[0]
  if (created?.type !== 'execution.created') throw new Error('a journal begins with the creation')
  expect(restoreSnapshot(JSON.parse(JSON.stringify(takeSnapshot(run.state))), created, nodeTypes)).toEqual(run.state)
}

const statusAt = (run: TestRun, path: string) => stateOf(run.state, mustInstance(run.state, path)).status

/** Paths of all attempts given out by a decision. */
const attempts = (run: TestRun, command: Command) =>
  run.send(command).effects.flatMap((effect) => (effect.type === 'node.run' ? [effect.node] : []))

describe('recover at the top level', () => {
  it('runs failed, cancelled and never-begun nodes again; completed ones stay', () => {
    const run = new TestRun(graph([http('a'), http('b'), http('c'), value('d', 1), value('e', 2)], ['a>b', 'b>d', 'c>e']))
    run.settle('a', success(1))
    run.settle('b', FINAL)
    expect(run.statuses()).toEqual({ a: 'completed', b: 'failed', c: 'cancelled', d: 'skipped', e: 'skipped' })
    const rows = run.journal.length
    expect(attempts(run, RECOVER)).toEqual(['b', 'c'])
    expect(run.journal[rows]?.events[0]).toEqual({ type: 'execution.recovered', by: 'operator', rerun: ['b', 'c', 'd', 'e'] })
    expect(run.state).toMatchObject({ epoch: 2, phase: { status: 'open' }, errors: [], path: ['a'], failure: null })
    expectSameStateFromJournal(run)
    run.settle('c', success(3))
    run.settle('b', success(2))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { d: 1, e: 2 } })
    expectSameStateFromJournal(run)
  })

  it('counts retries from the beginning, under the same idempotency key', () => {
    const run = new TestRun(graph([http('a', { retry: { max_attempts: 2, jitter: 'none' } })], []))
    run.settle('a', failure())
    run.wakeAfter(1_000)
    run.settle('a', failure(), 2)
    expect(run.state.phase.status).toBe('failed')
    run.send(RECOVER)
    expect(attemptTask(run.state, 'a')).toMatchObject({ epoch: 2, attempt: 1, run: 1 })
    run.settle('a', failure())
    expect(run.node('a')).toMatchObject({ status: 'retrying', failures: 1 })
  })

  it('gives the whole time limit anew', () => {
    const run = new TestRun(graph([http('a')], [], { settings: { timeout_seconds: 5 } }))
    run.wakeAfter(5_000)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXECUTION_TIMEOUT' } })
    run.now += 60_000
    run.send(RECOVER)
    expect(run.wakeAfter(4_999).noOp).toBe('NOTHING_DUE')
    run.wakeAfter(1)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXECUTION_TIMEOUT' } })
  })

  it('leaves alone what its own join has skipped, and failures that were caught', () => {
    const run = new TestRun(
      graph(
        [
          { id: 'if', type: 'condition', config: { condition: 'true' } },
          value('no', 1),
          value('after', 2),
          { id: 'caught', type: 'fail', config: {}, on_error: 'continue' },
          { id: 'bad', type: 'fail', config: {} },
        ],
        ['if:false>no', 'no>after', 'after>bad', 'if:true>bad'],
      ),
    )
    const rows = run.journal.length
    run.send(RECOVER)
    expect(run.journal[rows]?.events[0]).toMatchObject({ rerun: ['bad'] })
    expect(run.state.errors.map(({ node }) => node)).toEqual(['caught', 'bad'])
  })

  it('what a join with cancel_rest has ended stays ended, but a failure beside it is made good', () => {
    const join = { id: 'j', type: 'end', config: {}, join: 'any', cancel_rest: true }
    const run = new TestRun(graph([value('v', 1), http('slow'), join, http('other')], ['v>j', 'slow>j']))
    expect(run.statuses()).toMatchObject({ slow: 'cancelled', j: 'completed' })
    run.settle('other', FINAL)
    expect(attempts(run, RECOVER)).toEqual(['other'])
    run.settle('other', success())
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 1 })
    expect(run.node('slow').status).toBe('cancelled')
  })

  it('waits again that were cancelled, and delivers what was kept and not consumed', () => {
    const wait = (id: string, event: string) => ({ id, type: 'wait-for-event', config: { event, timeout_seconds: 60 } })
    const run = new TestRun(graph([wait('w', 'go'), http('a'), wait('later', 'more')], ['a>later']))
    const signal = (name: string) => run.send({ type: 'signal', name, payload: name, key: null, by: 'x' })
    signal('more')
    run.settle('a', FINAL)
    run.now += 10_000
    run.send(RECOVER)
    expect(run.node('w')).toMatchObject({ status: 'waiting', resumeAt: run.now + 60_000 })
    run.settle('a', success())
    expect(run.node('later')).toMatchObject({ status: 'completed', output: 'more' })
    signal('go')
    expect(run.state.phase.status).toBe('completed')
  })

  it('rebuilds variables from the assignments that were kept', () => {
    const set = (id: string, assign: JsonObject) => ({ id, type: 'set-variables', config: { assign } })
    const run = new TestRun(
      graph(
        [set('one', { n: '{{ n + 1 }}' }), http('a'), set('two', { n: '{{ n + 10 }}' }), http('z')],
        ['one>a', 'a>two', 'two>z'],
        {
          variables: { n: 0 },
        },
      ),
    )
    run.settle('a', success())
    run.settle('z', FINAL)
    expect(run.state.variables).toEqual({ n: 11 })
    run.send(RECOVER)
    expect(run.state.variables).toEqual({ n: 11 })
    expectSameStateFromJournal(run)
  })
})

describe('recover and other commands', () => {
  it('is refused of a completed execution, wakes an open one, and goes on with a cancelled one', () => {
    const done = new TestRun(graph([value('a', 1)], []))
    expect(done.send(RECOVER).noOp).toBe('ALREADY_FINISHED')
    const open = new TestRun(graph([http('a')], []))
    expect(open.send(RECOVER)).toMatchObject({ noOp: 'NOTHING_DUE', events: [] })
    open.cancel()
    expect(attempts(open, RECOVER)).toEqual(['a'])
    open.settle('a', success(7))
    expect(open.state.phase).toMatchObject({ status: 'completed', output: 7 })
  })

  it('settlements, claims and answers of an earlier epoch are no-ops', () => {
    const run = new TestRun(graph([http('a')], []))
    run.settle('a', FINAL)
    run.send(RECOVER)
    const late = { node: 'a', attempt: 1, epoch: 1 }
    expect(run.send({ type: 'settle', ...late, result: success() }).noOp).toBe('SUPERSEDED_EPOCH')
    expect(run.send({ type: 'claim', ...late }).noOp).toBe('SUPERSEDED_EPOCH')
    run.settle('a', success())
    expect(run.state.phase.status).toBe('completed')
  })

  it('may fail again, and be recovered again', () => {
    const run = new TestRun(graph([http('a'), http('b')], ['a>b']))
    run.settle('a', FINAL)
    run.send(RECOVER)
    run.settle('a', success())
    run.settle('b', FINAL)
    run.send(RECOVER)
    expect(run.statuses()).toEqual({ a: 'completed', b: 'running' })
    run.settle('b', success('end'))
    expect(run.state).toMatchObject({ epoch: 3, phase: { status: 'completed', output: 'end' }, errors: [] })
    expectSameStateFromJournal(run)
  })
})

describe('recover inside loops', () => {
  const list = { list: ['x', 'y', 'z'] }

  it('goes on with the iterations that failed or were cancelled', () => {
    const run = new TestRun(
      graph([each(body([http('f'), value('g', '{{ outputs.f }}')], ['f>g'])), value('end', 1)], ['each>end']),
      list,
    )
    run.settle('each[0].f', success('X'))
    run.settle('each[1].f', FINAL)
    expect(run.state.phase.status).toBe('failed')
    expect(attempts(run, RECOVER)).toEqual(['each[1].f', 'each[2].f'])
    expect(run.state.errors).toEqual([])
    expectSameStateFromJournal(run)
    run.settle('each[2].f', success('Z'))
    run.settle('each[1].f', success('Y'))
    expect(run.node('each')).toMatchObject({ status: 'completed', output: ['X', 'Y', 'Z'] })
    expect(run.state.phase.status).toBe('completed')
    expectSameStateFromJournal(run)
  })

  it('leaves alone the failures that the loop has passed over', () => {
    const loop = each(body([http('f')]), { on_item_error: 'continue' })
    const run = new TestRun(graph([loop, http('a')], ['each>a']), list)
    run.settle('each[0].f', FINAL)
    run.settle('each[1].f', success(1))
    run.settle('each[2].f', success(2))
    run.settle('a', FINAL)
    expect(attempts(run, RECOVER)).toEqual(['a'])
    expect(run.node('each')).toMatchObject({ status: 'completed', output: [null, 1, 2] })
  })

  it('of a tolerant loop that was under way: cancelled iterations run again, failed ones stay', () => {
    const loop = each(body([http('f')]), { on_item_error: 'drop' })
    const run = new TestRun(graph([loop, http('a')], []), list)
    run.settle('each[0].f', FINAL)
    run.settle('each[1].f', success(1))
    run.settle('a', FINAL)
    expect(attempts(run, RECOVER)).toEqual(['a', 'each[2].f'])
    run.settle('a', success())
    run.settle('each[2].f', success(2))
    expect(run.node('each')).toMatchObject({ status: 'completed', output: [1, 2] })
    expectSameStateFromJournal(run)
  })

  it('goes on with a loop of which no iteration was under way, repeating none', () => {
    const run = new TestRun(graph([each(body([http('f')]), { concurrency: 1 })], []), list)
    run.send({ type: 'pause', by: 'x', reason: null })
    run.settle('each[0].f', success('X'))
    run.cancel()
    expect(attempts(run, RECOVER)).toEqual(['each[1].f'])
    expect(run.journal.at(-1)?.events[0]).toMatchObject({ rerun: [], reopened: ['each'] })
    run.settle('each[1].f', success('Y'))
    run.settle('each[2].f', success('Z'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['X', 'Y', 'Z'] })
    expectSameStateFromJournal(run)
  })

  it('goes on with the round of a `loop` that failed', () => {
    const loop = {
      id: 'loop',
      type: 'loop',
      config: {
        while: 'iteration < 3',
        initial: 0,
        body: body(
          [
            http('f'),
            { id: 'set', type: 'set-variables', config: { assign: { n: '{{ n + 1 }}' } } },
            value('out', '{{ outputs.f }}'),
          ],
          ['f>set', 'set>out'],
        ),
      },
    }
    const run = new TestRun(graph([loop], [], { variables: { n: 0 } }), { item: 1 })
    run.settle('loop[0].f', success(1))
    run.settle('loop[1].f', FINAL)
    expect(run.state.phase.status).toBe('failed')
    expect(attempts(run, RECOVER)).toEqual(['loop[1].f'])
    expect(run.state.variables).toEqual({ n: 1, item: 1 })
    run.settle('loop[1].f', success(2))
    run.settle('loop[2].f', success(3))
    expect(run.state).toMatchObject({ phase: { status: 'completed', output: 3 }, variables: { n: 3 } })
    expectSameStateFromJournal(run)
  })

  it('a loop at its limit fails again without repeating its rounds', () => {
    const loop = { id: 'loop', type: 'loop', config: { while: 'true', max_iterations: 3, body: body([value('v', 1)]) } }
    const run = new TestRun(graph([loop], []))
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'LOOP_LIMIT' } })
    const rows = run.journal.length
    run.send(RECOVER)
    expect(run.told(rows)).toEqual(['execution.recovered', 'node.failed loop', 'execution.failed loop'])
  })

  it('reaches through loops in loops, and rebuilds an iteration’s own variables', () => {
    const set = { id: 'set', type: 'set-variables', config: { assign: { n: '{{ n + 1 }}' } } }
    const inner = each(body([set, http('f')], ['set>f']), { items: '{{ [1, 2] }}' }, { id: 'inner' })
    const run = new TestRun(graph([each(body([set, inner], ['set>inner']))], [], { variables: { n: 0 } }), { list: ['x'] })
    run.settle('each[0].inner[0].f', success(1))
    run.settle('each[0].inner[1].f', FINAL)
    expect(run.state.phase.status).toBe('failed')
    expect(attempts(run, RECOVER)).toEqual(['each[0].inner[1].f'])
    expect(run.state.iterations.get('each[0]')?.variables).toEqual({ n: 1, list: ['x'] })
    expect(run.state.iterations.get('each[0].inner[1]')?.variables).toEqual({ n: 2, list: ['x'] })
    expectSameStateFromJournal(run)
    run.settle('each[0].inner[1].f', success(2))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [[1, 2]] })
    expect(statusAt(run, 'each[0].inner')).toBe('completed')
    expectSameStateFromJournal(run)
  })
})

describe('recover of an execution that waited for a child', () => {
  it('starts another child: the epoch is in what names it', () => {
    const run = new TestRun(
      graph([{ id: 'sub', type: 'workflow', config: { workflow_id: 'w' }, retry: { strategy: 'none' } }], []),
    )
    const first = attemptTask(run.state, 'sub').child?.parent
    run.settle('sub', { kind: 'child', executionId: 'c1' })
    run.send({
      type: 'child_ended',
      parent: { executionId: run.state.identity.executionId, epoch: 1, node: 'sub', failures: 0 },
      executionId: 'c1',
      end: { status: 'failed', error: null },
    })
    expect(run.state.phase.status).toBe('failed')
    run.send(RECOVER)
    const again = attemptTask(run.state, 'sub').child?.parent
    expect([first, again]).toMatchObject([
      { epoch: 1, failures: 0 },
      { epoch: 2, failures: 0 },
    ])
  })
})
