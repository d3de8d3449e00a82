// Signals and approvals where several waits meet: order, races, names by template, and what becomes of what nobody took.
import { describe, expect, it } from 'vitest'
import { nextWakeAt } from '../../../src/core/timers.ts'
import { body, each, nodeAt, restored, statusAt, value } from '../../support/loops.ts'
import { failure, graph, TestRun } from '../../support/run.ts'
import { answer, approval, call, delay, FINAL, ringAt, secondOf, signal, wait } from '../../support/scenario.ts'

describe('an event that comes in time', () => {
  it('leaves no timer behind', () => {
    const run = new TestRun(graph([wait('w', { timeout_seconds: 10 }), call('a')], ['w>a']))
    expect(secondOf(nextWakeAt(run.state))).toBe(10)
    run.send(signal('yes'))
    run.settle('a', FINAL)
    const rows = run.journal.length
    ringAt(run, 10)
    expect(run.journal).toHaveLength(rows)
  })

  it('a wait without end has no timer at all', () => {
    expect(nextWakeAt(new TestRun(graph([wait('w')], [])).state)).toBeNull()
  })
})

describe('nodes that wait for the same name', () => {
  it('and began together are served by their place in the definition, one event each', () => {
    const run = new TestRun(graph([wait('first'), wait('second')], []))
    run.send(signal(1))
    expect(run.statuses()).toEqual({ first: 'completed', second: 'waiting' })
    run.send(signal(2))
    expect(run.state.outputs).toEqual({ first: 1, second: 2 })
  })

  it('three in a row consume what was kept in order; a fourth event stays, and holds nothing up', () => {
    const nodes = [delay('d', 10), wait('w1'), wait('w2'), wait('w3')]
    const run = new TestRun(graph(nodes, ['d>w1', 'w1>w2', 'w2>w3']))
    for (const payload of [1, 2, 3, 4]) run.send(signal(payload))
    run.state = restored(run)
    ringAt(run, 10)
    expect(run.state.outputs).toMatchObject({ w1: 1, w2: 2, w3: 3 })
    expect(run.state.phase.status).toBe('completed')
    expect(run.state.signals.map(({ payload }) => payload)).toEqual([4])
  })
})

describe('a wrong event, then the right one', () => {
  it.each([
    ['that does not hold', { id: 'other' }],
    ['that fails', { order: 1 }],
  ])('a match %s keeps the event and leaves the wait open', (_, wrong) => {
    const run = new TestRun(graph([wait('w', { match: 'payload.id == inputs.id' }), wait('any')], ['w>any']), { id: 'mine' })
    run.send(signal(wrong))
    expect(run.node('w').status).toBe('waiting')
    run.send(signal({ id: 'mine' }))
    expect(run.state.outputs).toMatchObject({ w: { id: 'mine' }, any: wrong })
    expect(run.state.signals).toEqual([])
  })
})

describe('a repeat under its key', () => {
  it('is one after an eviction too, when the first has long been consumed', () => {
    const run = new TestRun(graph([wait('w'), wait('again')], ['w>again']))
    run.send(signal(1, 'paid', 'k'))
    run.state = restored(run)
    expect(run.send(signal(1, 'paid', 'k')).noOp).toBe('REPEATED_SIGNAL')
    expect(run.statuses()).toEqual({ w: 'completed', again: 'waiting' })
    run.send(signal(1, 'paid', 'other'))
    expect(run.state.phase.status).toBe('completed')
  })
})

describe('names by template', () => {
  const orders = each(body([wait('w', { event: 'paid-{{ item.id }}' })]))

  it('serve the iteration that they name, whatever the order', () => {
    const run = new TestRun(graph([orders], []), { list: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] })
    for (const id of ['c', 'b', 'a']) run.send(signal(`for ${id}`, `paid-${id}`))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['for a', 'for b', 'for c'] })
  })

  it('that nobody expects are kept, not refused', () => {
    const run = new TestRun(graph([orders], []), { list: [{ id: 'a' }] })
    expect(run.send(signal(1, 'paid-z')).noOp).toBeNull()
    expect(run.state.signals).toHaveLength(1)
  })
})

describe('the time out against the event', () => {
  const race = () =>
    new TestRun(
      graph(
        [wait('w', { timeout_seconds: 10 }), value('late', 1), wait('again'), value('z', 1)],
        ['w:timeout>late', 'late>again', 'w>z'],
      ),
    )

  it('first: the event that came too late is kept for a later wait', () => {
    const run = race()
    ringAt(run, 10)
    run.send(signal('too late'))
    expect(run.node('w')).toMatchObject({ ports: ['timeout'], output: null })
    expect(run.node('again')).toMatchObject({ output: 'too late' })
  })

  it('second, though its moment has passed: the event takes `out`, and the late alarm nothing', () => {
    const run = race()
    run.now += 15_000
    run.send(signal('still'))
    ringAt(run, 16)
    expect(run.node('w')).toMatchObject({ ports: ['out'], output: 'still' })
    expect(run.statuses()).toMatchObject({ late: 'skipped', again: 'skipped', z: 'completed' })
  })

  it('beyond the deadline of the execution never comes', () => {
    const run = new TestRun(graph([wait('w', { timeout_seconds: 60 })], [], { settings: { timeout_seconds: 10 } }))
    ringAt(run, 60)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXECUTION_TIMEOUT' } })
    expect(run.node('w').status).toBe('cancelled')
  })
})

describe('an event and a join that needs one of two', () => {
  const either = () =>
    new TestRun(
      graph(
        [wait('w'), delay('d', 60), { id: 'j', type: 'end', config: {}, join: 'any', cancel_rest: true }, call('more')],
        ['w>j', 'd>j'],
      ),
    )

  it('the event cancels the delay, and its timer', () => {
    const run = either()
    run.now += 30_000
    run.send(signal('go'))
    expect(run.statuses()).toMatchObject({ w: 'completed', d: 'cancelled', j: 'completed' })
    // What is left is the lease of the call beside it.
    expect(secondOf(nextWakeAt(run.state))).toBe(30)
    ringAt(run, 60)
    expect(run.node('d').status).toBe('cancelled')
  })

  it('the delay cancels the wait: an event is kept while the execution is open, and too late after', () => {
    const run = either()
    run.settle('more', failure())
    ringAt(run, 60)
    expect(run.node('w').status).toBe('cancelled')
    expect(run.send(signal('late')).noOp).toBeNull()
    expect(run.state.signals).toHaveLength(1)
    expect(run.node('w').status).toBe('cancelled')
    run.cancel()
    expect(run.send(signal('later')).noOp).toBe('ALREADY_FINISHED')
  })
})

describe('approvals', () => {
  it('of three items, two approved and one rejected over an edge: each its own, in the order of the items', () => {
    const nodes = [approval('ok'), value('yes', 'yes'), value('no', 'no {{ input.by }}')]
    const of = body(nodes, ['ok:approved>yes', 'ok:rejected>no'])
    const run = new TestRun(graph([each(of)], []), { list: [1, 2, 3] })
    run.send(answer('each[2].ok'))
    run.send(answer('each[1].ok', 'rejected'))
    expect(statusAt(run, 'each[0].ok')).toBe('waiting')
    run.send(answer('each[0].ok'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['yes', 'no ada', 'yes'] })
  })

  it('an answer tells the journaled moment, whenever it is looked at', () => {
    const run = new TestRun(graph([approval('ok'), delay('d', 60)], ['ok:approved>d']))
    run.now += 5_000
    run.send(answer('ok'))
    ringAt(run, 65)
    expect(nodeAt(run, 'ok')).toMatchObject({ output: { decision: 'approved', by: 'ada', at: '2026-01-01T00:00:05.000Z' } })
  })

  it('an early answer is taken when its node is reached; a second one counts no more', () => {
    const run = new TestRun(graph([delay('d', 10), approval('ok'), value('z', '{{ input.decision }}')], ['d>ok', 'ok>z']))
    run.send(answer('ok'))
    run.state = restored(run)
    expect(run.send(answer('ok', 'rejected')).noOp).toBe('ALREADY_ANSWERED')
    ringAt(run, 10)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'approved' })
  })
})
