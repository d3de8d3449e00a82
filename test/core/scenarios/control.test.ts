// Cancel, deadline and pause against everything that an execution may be waiting for.
import { describe, expect, it } from 'vitest'
import { MAX_STEPS_PER_TRANSITION } from '../../../src/core/limits.ts'
import { nextWakeAt } from '../../../src/core/timers.ts'
import { body, each, goOn, restored, upTo, value } from '../../support/loops.ts'
import { failure, graph, success, TestRun } from '../../support/run.ts'
import {
  answer,
  approval,
  call,
  childEnds,
  delay,
  everySeconds,
  givenOut,
  keyOf,
  moveTo,
  PAUSE,
  RECOVER,
  RESUME,
  ringAt,
  secondOf,
  signal,
  starts,
  wait,
} from '../../support/scenario.ts'

const LIMIT = { settings: { timeout_seconds: 100 } }

/** Executions that wait, each for something else, at the node `a` (or in the iterations of `each`). */
const waitingFor: readonly (readonly [string, () => TestRun])[] = [
  ['an event', () => new TestRun(graph([wait('a', { timeout_seconds: 500 })], [], LIMIT))],
  ['an approval', () => new TestRun(graph([approval('a', { timeout_seconds: 500 })], [], LIMIT))],
  ['a timer', () => new TestRun(graph([delay('a', 500)], [], LIMIT))],
  [
    'a retry',
    () => {
      const run = new TestRun(graph([call('a', { retry: everySeconds(50) })], [], LIMIT))
      run.settle('a', failure())
      return run
    },
  ],
  [
    'a child',
    () => {
      const run = new TestRun(graph([starts('a')], [], LIMIT))
      run.settle('a', { kind: 'child', executionId: 'child' })
      return run
    },
  ],
  ['iterations', () => new TestRun(graph([each(body([wait('a')]), { concurrency: 2 })], [], LIMIT), { list: upTo(3) })],
]

/** Nodes and iterations that are neither settled nor over. */
const openIn = ({ state }: TestRun): readonly string[] => [
  ...[...state.nodes].flatMap(([id, { status }]) => (/^(completed|failed|cancelled|skipped)$/.test(status) ? [] : [id])),
  ...[...state.iterations].flatMap(([path, { phase }]) => (phase === 'open' ? [path] : [])),
]

/** Whatever comes now changes nothing. */
function expectEnded(run: TestRun): void {
  expect(openIn(run)).toEqual([])
  expect(nextWakeAt(run.state)).toBeNull()
  const rows = run.journal.length
  const commands = [signal('late'), answer('a'), { type: 'wake' } as const, PAUSE, RESUME]
  moveTo(run, 1_000)
  for (const command of commands) expect(run.send(command).noOp).toBe('ALREADY_FINISHED')
  expect(run.journal).toHaveLength(rows)
}

describe.each(waitingFor)('an execution that waits for %s', (what, start) => {
  it('is cancelled at once, and nothing comes after', () => {
    const run = start()
    run.cancel()
    expect(run.state.phase.status).toBe('cancelled')
    expectEnded(run)
    expect(run.state.orphans).toEqual(what === 'a child' ? ['child'] : [])
  })

  it('is cancelled while it is paused, too', () => {
    const run = start()
    run.send(PAUSE)
    run.cancel()
    expect(run.state.phase.status).toBe('cancelled')
    expectEnded(run)
  })

  it('ends at its deadline, with no node to blame', () => {
    const run = start()
    ringAt(run, 99.999)
    expect(run.state.phase.status).toBe('open')
    ringAt(run, 100)
    expect(run.state.phase).toMatchObject({ status: 'failed', node: null, error: { code: 'EXECUTION_TIMEOUT' } })
    expect(run.state.path).toEqual([])
    expectEnded(run)
  })

  it('goes on after a recover as it would have: it waits again', () => {
    const run = start()
    ringAt(run, 100)
    run.send(RECOVER)
    expect(run.state).toMatchObject({ epoch: 2, phase: { status: 'open' } })
    expect(openIn(run).length).toBeGreaterThan(0)
    expect(restored(run)).toEqual(run.state)
  })

  it('changes nothing when it is looked after in health', () => {
    const run = start()
    expect(run.send(RECOVER)).toMatchObject({ noOp: 'NOTHING_DUE', effects: [] })
    expect(run.state.epoch).toBe(1)
  })
})

describe('a cancel amid more steps than one transition makes', () => {
  it('comes in between, and ends the rest', () => {
    const count = MAX_STEPS_PER_TRANSITION + 500
    const run = new TestRun(
      graph(
        upTo(count).map((index) => value(`n${index}`, index)),
        [],
      ),
    )
    expect(run.state.unsettled).toBe(500)
    run.cancel()
    expect(run.state.phase.status).toBe('cancelled')
    expect(Object.values(run.statuses()).filter((status) => status === 'skipped')).toHaveLength(500)
    expectEnded(run)
  })
})

describe('a time limit that is changed', () => {
  const setTo = (run: TestRun, seconds: number | null) => run.send({ type: 'set_timeout', by: 'operator', seconds })

  it('to a longer one lets the old moment pass', () => {
    const run = new TestRun(graph([wait('w')], [], LIMIT))
    moveTo(run, 50)
    setTo(run, 200)
    expect(secondOf(nextWakeAt(run.state))).toBe(200)
    expect(ringAt(run, 100).noOp).toBe('NOTHING_DUE')
    ringAt(run, 200)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXECUTION_TIMEOUT' } })
  })

  it('where there was none sets one', () => {
    const run = new TestRun(graph([wait('w')], []))
    moveTo(run, 50)
    setTo(run, 60)
    expect(secondOf(nextWakeAt(run.state))).toBe(60)
  })

  it('to one that has passed fails it now', () => {
    const run = new TestRun(graph([wait('w')], [], LIMIT))
    moveTo(run, 50)
    setTo(run, 10)
    expect(run.state.phase).toMatchObject({ status: 'failed', node: null })
  })

  it('comes too late after the end', () => {
    const run = new TestRun(graph([value('v', 1)], []))
    expect(setTo(run, 10).noOp).toBe('ALREADY_FINISHED')
  })
})

describe('a pause', () => {
  const two = () => new TestRun(graph([call('a'), call('b'), call('z')], ['a>z', 'b>z']))

  it('lets two calls settle; what follows is given out on resume, once', () => {
    const run = two()
    run.send(PAUSE)
    run.settle('a', success())
    run.settle('b', success())
    expect(run.statuses()).toEqual({ a: 'completed', b: 'completed', z: 'pending' })
    expect(givenOut(run.send(RESUME))).toEqual(['z'])
    expect(run.send({ type: 'wake' }).noOp).toBe('NOTHING_DUE')
    run.settle('z', success('Z'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'Z' })
  })

  it('that is over before they settle leaves no trace but itself', () => {
    const paused = two()
    paused.send(PAUSE)
    expect(paused.send(RESUME).effects).toEqual([])
    const free = two()
    for (const run of [paused, free]) for (const node of ['a', 'b']) run.settle(node, success())
    expect(paused.told().filter((line) => !/paused|resumed/.test(line))).toEqual(free.told())
  })

  it.each([
    [7, 10],
    [20, 20],
  ])('from 5 to %d: a delay to 10 is over at %d', (until, over) => {
    const run = new TestRun(graph([delay('d', 10)], []))
    moveTo(run, 5).send(PAUSE)
    expect(nextWakeAt(run.state)).toBeNull()
    if (until > 10) expect(ringAt(run, 10)).toMatchObject({ noOp: 'NOTHING_DUE', events: [] })
    moveTo(run, until).send(RESUME)
    if (until < 10) ringAt(run, 10)
    expect(run.state.phase).toMatchObject({ status: 'completed', endedAt: run.now })
    expect(secondOf(run.now)).toBe(over)
  })

  it.each([
    ['an event', wait('w', { timeout_seconds: 10 }), signal('yes'), 'yes'],
    ['an answer', approval('w', { timeout_seconds: 10 }), answer('w'), { decision: 'approved' }],
  ])('holds a time out back: %s that comes before the resume wins', (_, node, command, output) => {
    const run = new TestRun(graph([node], []))
    run.send(PAUSE)
    moveTo(run, 15).send(command)
    moveTo(run, 20).send(RESUME)
    expect(run.state.phase).toMatchObject({ status: 'completed', output })
  })

  it('adds its time to the limit: 60 seconds, paused from 10 to 110, are over at 160', () => {
    const run = new TestRun(graph([wait('w')], [], { settings: { timeout_seconds: 60 } }))
    moveTo(run, 10).send(PAUSE)
    ringAt(run, 100)
    moveTo(run, 110).send(RESUME)
    ringAt(run, 159)
    expect(run.state.phase.status).toBe('open')
    ringAt(run, 160)
    expect(run.state.phase).toMatchObject({ error: { code: 'EXECUTION_TIMEOUT' } })
  })

  it('keeps a lost attempt back until the resume, under the same key', () => {
    const run = new TestRun(graph([call('a')], []))
    run.send(PAUSE)
    expect(givenOut(ringAt(run, 30))).toEqual([])
    run.state = restored(run)
    expect(nextWakeAt(run.state)).toBeNull()
    expect(givenOut(moveTo(run, 60).send(RESUME))).toEqual(['a'])
    expect(keyOf(run, 'a')).toBe('a.1')
  })

  it('holds a retry back that comes due, until the resume', () => {
    const run = new TestRun(graph([call('a', { retry: everySeconds(10) })], []))
    run.settle('a', failure())
    run.send(PAUSE)
    expect(ringAt(run, 10).noOp).toBe('NOTHING_DUE')
    expect(givenOut(moveTo(run, 20).send(RESUME))).toEqual(['a'])
  })

  it('holds a transition back that stopped at its step limit', () => {
    const count = MAX_STEPS_PER_TRANSITION + 5
    const run = new TestRun(
      graph(
        upTo(count).map((index) => value(`n${index}`, index)),
        [],
      ),
    )
    run.send(PAUSE)
    run.send({ type: 'wake' })
    expect(run.state.unsettled).toBe(5)
    run.send(RESUME)
    goOn(run)
    expect(run.state.phase.status).toBe('completed')
  })

  it('of a parent does not stop its child, whose end is heard', () => {
    const run = new TestRun(graph([starts('a'), call('b')], ['a>b']))
    run.settle('a', { kind: 'child', executionId: 'child' })
    expect(run.send(PAUSE).effects).toEqual([])
    childEnds(run, 'a', 'child', { status: 'completed', output: 1 })
    expect(run.statuses()).toEqual({ a: 'completed', b: 'pending' })
  })
})

describe('an attempt on the task queue', () => {
  const long = () => new TestRun(graph([call('a', { timeout_seconds: 60 })], []))
  const claim = (run: TestRun, attempt = 1) => run.send({ type: 'claim', epoch: 1, node: 'a', attempt })
  const enqueued = (run: TestRun) => run.effects.filter(({ type }) => type === 'node.enqueue').length

  it('whose message came while paused, and was refused, is sent again on resume, and made once', () => {
    const run = long()
    run.send(PAUSE)
    moveTo(run, 10).send(RESUME)
    expect(enqueued(run)).toBe(2)
    expect(claim(run).noOp).toBeNull()
    expect(claim(run).noOp).toBe('ALREADY_CLAIMED')
    run.settle('a', success('once'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'once' })
  })

  it('that was claimed before goes on and settles', () => {
    const run = long()
    claim(run)
    run.send(PAUSE)
    run.send(RESUME)
    expect(enqueued(run)).toBe(1)
    run.send(PAUSE)
    run.settle('a', success(1))
    expect(run.state.phase.status).toBe('completed')
  })
})
