// Branches, joins and caught failures, put together as people put them together: sagas, races, forks in forks.
import { describe, expect, it } from 'vitest'
import type { Command } from '../../../src/core/command.ts'
import { nextWakeAt } from '../../../src/core/timers.ts'
import { body, each, statusAt, upTo, value } from '../../support/loops.ts'
import { failure, graph, success, TestRun } from '../../support/run.ts'
import {
  answer,
  approval,
  call,
  childEnds,
  delay,
  FINAL,
  PAUSE,
  RESUME,
  ringAt,
  signal,
  starts,
  wait,
} from '../../support/scenario.ts'

const end = (id: string, more = {}) => ({ id, type: 'end', config: {}, ...more })
const onlyOnce = { retry: { strategy: 'none' } }
const refused = (status: number) => failure({ code: 'HTTP_STATUS', message: 'no', retryable: false, status })

describe('a saga', () => {
  const saga = (more: readonly ReturnType<typeof value>[] = [], edges: readonly string[] = []) =>
    new TestRun(
      graph(
        [call('charge'), call('ship', onlyOnce), value('refund', '{{ outputs.charge.id }} for {{ error.code }}'), ...more],
        ['charge>ship', 'ship:error>refund', ...edges],
      ),
    )

  it('undoes what was done, knowing it and why, and completes', () => {
    const run = saga()
    run.settle('charge', success({ id: 'c1' }))
    run.settle('ship', FINAL)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'c1 for HTTP_STATUS' })
    expect(run.node('ship')).toMatchObject({ status: 'failed', route: 'error_port' })
    expect(run.state.failure).toBeNull()
  })

  it('fails as it says, after it has undone', () => {
    const run = saga([{ id: 'f', type: 'fail', config: { code: 'NOT_SHIPPED', message: 'refunded' } }], ['refund>f'])
    run.settle('charge', success({ id: 'c1' }))
    run.settle('ship', FINAL)
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'f', error: { code: 'NOT_SHIPPED', message: 'refunded' } })
    expect(run.node('refund').status).toBe('completed')
  })
})

describe('a failure caught by its status', () => {
  const caught = () =>
    new TestRun(
      graph(
        [call('a', onlyOnce), value('b', 'nothing there')],
        [{ from: 'a', port: 'error', to: 'b', when: 'input.?status.orValue(0) == 404' }],
      ),
    )

  it('goes on at that status', () => {
    const run = caught()
    run.settle('a', refused(404))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'nothing there' })
  })

  it('fails at another', () => {
    const run = caught()
    run.settle('a', refused(503))
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'a', error: { code: 'HTTP_STATUS' } })
    expect(run.node('b').status).toBe('skipped')
  })
})

describe('`error`', () => {
  it('is known behind the error edge, and no further', () => {
    const run = new TestRun(
      graph([call('a', onlyOnce), value('b', '{{ error.code }}'), value('c', '{{ error.code }}')], ['a:error>b', 'b>c']),
    )
    run.settle('a', FINAL)
    expect(run.node('b')).toMatchObject({ output: 'HTTP_STATUS' })
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'c', error: { code: 'EXPRESSION_ERROR' } })
  })

  it('carries any text', () => {
    const message = `Fehler: \u0000 \ud83d\ude00 ${'ü'.repeat(1000)}`
    const run = new TestRun(graph([call('a', onlyOnce), value('b', '{{ error.message }}')], ['a:error>b']))
    run.settle('a', failure({ message, retryable: false }))
    expect(run.state.phase).toMatchObject({ output: message })
  })
})

describe('the first of three that succeeds', () => {
  const three = ['a', 'b', 'c']
  const race = (more: readonly string[] = []) =>
    new TestRun(
      graph(
        [...three.map((id) => call(id, onlyOnce)), value('ignore', null), end('j', { join: 'any' })],
        [...three.flatMap((id) => [`${id}>j`, `${id}:error>ignore`]), ...more],
      ),
    )

  it('counts, whatever failed before', () => {
    const run = race()
    run.settle('a', FINAL)
    run.settle('b', FINAL)
    expect(run.node('j').status).toBe('pending')
    run.settle('c', success('C'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'C' })
  })

  it('is none where all fail: the join is skipped, and the result is null', () => {
    const run = race()
    for (const id of three) run.settle(id, FINAL)
    expect(run.node('j').status).toBe('skipped')
    expect(run.state.phase).toMatchObject({ status: 'completed', output: null })
  })
})

describe('`cancel_rest`', () => {
  const nodes = [
    wait('w', { timeout_seconds: 50 }),
    approval('ok'),
    delay('d', 60),
    starts('child'),
    each(body([wait('in')]), { concurrency: 2 }),
  ]
  const late: readonly Command[] = [signal('late'), answer('ok'), { type: 'wake' }]

  it('ends a wait, an approval, a delay, a child and a loop under way, and nothing wakes them again', () => {
    const others = nodes.map(({ id }) => String(id))
    const run = new TestRun(
      graph(
        [...nodes, call('first'), end('j', { join: 'any', cancel_rest: true }), wait('beside', { event: 'other' })],
        [...others.map((id) => `${id}>j`), 'first>j'],
      ),
      { list: upTo(3) },
    )
    run.settle('child', { kind: 'child', executionId: 'kid' })
    run.send(PAUSE)
    run.settle('first', success('won'))
    run.send(RESUME)
    expect(run.statuses()).toEqual({
      ...Object.fromEntries(others.map((id) => [id, 'cancelled'])),
      first: 'completed',
      j: 'completed',
      beside: 'waiting',
    })
    expect([0, 1].map((index) => statusAt(run, `each[${index}].in`))).toEqual(['cancelled', 'cancelled'])
    expect(run.state.orphans).toEqual(['kid'])
    expect(nextWakeAt(run.state)).toBeNull()
    run.now += 100_000
    for (const command of late) run.send(command)
    childEnds(run, 'child', 'kid', { status: 'completed', output: 'late' })
    for (const id of others) expect(run.node(id).status).toBe('cancelled')
    run.send(signal(null, 'other'))
    expect(run.state.phase.status).toBe('completed')
  })
})

describe('forks in forks', () => {
  it('a fork in a case that is not taken: the inner join is skipped, the outer one runs with the other side', () => {
    const run = new TestRun(
      graph(
        [
          { id: 's', type: 'switch', config: { cases: [{ when: 'inputs.n > 10', port: 'big' }] } },
          value('b1', 1),
          value('b2', 2),
          value('inner', '{{ input }}'),
          value('small', 'small'),
          value('outer', '{{ input }}'),
        ],
        ['s:big>b1', 's:big>b2', 'b1>inner', 'b2>inner', 's:default>small', 'inner>outer', 'small>outer'],
      ),
      { n: 1 },
    )
    expect(run.statuses()).toMatchObject({ b1: 'skipped', b2: 'skipped', inner: 'skipped', outer: 'completed' })
    expect(run.state.phase).toMatchObject({ output: 'small' })
  })

  it('a switch in a branch of a fork: the join gets the case that was taken and the other branch', () => {
    const run = new TestRun(
      graph(
        [
          { id: 'start', type: 'start', config: {} },
          { id: 's', type: 'switch', config: { on: 'inputs.kind', cases: { a: 'a', b: 'b' } } },
          value('a', 'A'),
          value('b', 'B'),
          call('c'),
          value('j', '{{ input }}'),
        ],
        ['start>s', 'start>c', 's:a>a', 's:b>b', 'a>j', 'b>j', 'c>j'],
      ),
      { kind: 'b' },
    )
    expect(run.statuses()).toMatchObject({ a: 'skipped', b: 'completed', j: 'pending' })
    run.settle('c', success('C'))
    expect(run.state.phase).toMatchObject({ output: { b: 'B', c: 'C' } })
  })

  it('a fork within a fork whose inner branch fails and is caught: everything else goes on', () => {
    const run = new TestRun(
      graph(
        [
          { id: 'start', type: 'start', config: {} },
          { id: 'left', type: 'start', config: {} },
          call('l1', onlyOnce),
          delay('l2', 5),
          value('instead', 'instead'),
          value('inner', '{{ input }}'),
          value('right', 'right'),
          value('outer', '{{ input }}'),
        ],
        [
          'start>left',
          'start>right',
          'left>l1',
          'left>l2',
          'l1>inner',
          'l1:error>instead',
          'instead>inner',
          'l2>inner',
          'inner>outer',
          'right>outer',
        ],
      ),
    )
    run.settle('l1', FINAL)
    ringAt(run, 5)
    expect(run.state.phase).toMatchObject({
      status: 'completed',
      output: { inner: { instead: 'instead', l2: {} }, right: 'right' },
    })
  })
})
