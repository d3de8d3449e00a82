// `wait-for-event` and the signals that come to it, as SPEC §4 Waiting has it.
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/core/command.ts'
import { type Json, type JsonObject, jsonLength } from '../../src/core/json.ts'
import {
  MAX_KEPT_SIGNAL_CHARACTERS,
  MAX_KEPT_SIGNALS,
  MAX_OUTPUT_BYTES,
  MAX_SIGNAL_KEYS,
  MAX_SIGNAL_NAME_LENGTH,
} from '../../src/core/limits.ts'
import { body, each, http, nodeAt, restored, statusAt, value } from '../support/loops.ts'
import { failure, graph, success, TestRun } from '../support/run.ts'

type Node = JsonObject & { readonly id: string }

const wait = (id: string, config: JsonObject = {}, more: JsonObject = {}): Node => ({
  id,
  type: 'wait-for-event',
  config: { event: 'paid', ...config },
  ...more,
})
const delay = (id: string, seconds: number): Node => ({ id, type: 'delay', config: { delay_seconds: seconds } })

const signal = (name: string, payload: Json = null, key: string | null = null): Command => ({
  type: 'signal',
  name,
  payload,
  key,
  by: 'shop',
})

const runOf = (nodes: readonly JsonObject[], edges: readonly string[] = [], inputs: JsonObject = {}) =>
  new TestRun(graph(nodes, edges), inputs)

describe('an event that is waited for', () => {
  it('completes the node with its payload, and says who sent it', () => {
    const run = runOf([wait('w'), value('after', '{{ input.amount + 1 }}')], ['w>after'])
    expect(run.send(signal('paid', { amount: 2 })).events).toEqual([
      { type: 'signal.received', name: 'paid', payload: { amount: 2 }, by: 'shop', deliveredTo: 'w' },
      { type: 'node.completed', node: 'w', output: { amount: 2 }, takenEdges: [] },
      { type: 'node.completed', node: 'after', output: 3 },
      { type: 'execution.completed', output: 3 },
    ])
  })

  it.each([[null], [false], [0], [''], [[1, [2]]], [{ a: null }]])('may carry any JSON: %j', (payload) => {
    const run = runOf([wait('w')])
    run.send(signal('paid', payload))
    expect(run.state.phase).toEqual({ status: 'completed', endedAt: run.now, output: payload })
  })

  it('goes to the node that has waited longest, whatever the order of the definition', () => {
    const run = runOf([delay('late', 60), wait('second'), wait('first')], ['late>second'])
    run.wakeAfter(60_000)
    run.send(signal('paid', 'a'))
    expect(run.statuses()).toMatchObject({ first: 'completed', second: 'waiting' })
    run.send(signal('paid', 'b'))
    expect(run.state.outputs).toMatchObject({ first: 'a', second: 'b' })
  })

  it('passes over nodes that wait for another one, or whose match does not hold', () => {
    const run = runOf([wait('other', { event: 'shipped' }), wait('small', { match: 'payload.amount < 10' }), wait('any')])
    run.send(signal('paid', { amount: 20 }))
    expect(run.statuses()).toEqual({ other: 'waiting', small: 'waiting', any: 'completed' })
  })

  it('is matched with the names of the node', () => {
    const run = runOf([wait('w', { match: 'payload.order == inputs.order' })], [], { order: 7 })
    run.send(signal('paid', { order: 8 }))
    expect(run.node('w').status).toBe('waiting')
    run.send(signal('paid', { order: 7 }))
    expect(run.node('w').status).toBe('completed')
  })

  it.each(['payload.order.id == 1', 'payload.amount', '1 / 0 == payload'])(
    'that makes the match fail is not accepted: %s',
    (match) => {
      const run = runOf([wait('w', { match })])
      run.send(signal('paid', { amount: 1 }))
      expect(run.node('w').status).toBe('waiting')
      expect(run.state.signals).toHaveLength(1)
    },
  )

  it('is known by its rendered name', () => {
    const run = runOf([wait('w', { event: 'paid-{{ inputs.order }}' })], [], { order: 7 })
    run.send(signal('paid-8'))
    expect(run.node('w').status).toBe('waiting')
    run.send(signal('paid-7'))
    expect(run.node('w').status).toBe('completed')
  })
})

describe('an event that comes before its wait', () => {
  const late = () => runOf([delay('d', 60), wait('w'), wait('v')], ['d>w', 'w>v'])

  it('is kept, and consumed once, in the order in which they came', () => {
    const run = late()
    for (const payload of ['a', 'b', 'c']) run.send(signal('paid', payload))
    expect(run.state.signals.map(({ payload }) => payload)).toEqual(['a', 'b', 'c'])
    run.wakeAfter(60_000)
    expect(run.state.outputs).toMatchObject({ w: 'a', v: 'b' })
    expect(run.state.phase.status).toBe('completed')
    expect(run.state.signals.map(({ payload }) => payload)).toEqual(['c'])
  })

  it('is kept across a snapshot', () => {
    const run = late()
    run.send(signal('paid', 'a', 'k'))
    expect(restored(run)).toEqual(run.state)
  })

  it('is left to a node whose match it meets', () => {
    const run = runOf([delay('d', 60), wait('w', { match: 'payload == "b"' })], ['d>w'])
    run.send(signal('paid', 'a'))
    run.send(signal('paid', 'b'))
    run.wakeAfter(60_000)
    expect(run.state.outputs).toMatchObject({ w: 'b' })
    expect(run.state.signals.map(({ payload }) => payload)).toEqual(['a'])
  })

  describe('has steps of its own', () => {
    const match = 'range(payload).exists(i, i < 0) || payload == 7'
    const nodes = [delay('d', 60), wait('w', { match, timeout_seconds: 600 }), value('v', 1)]
    const when = { from: 'w', to: 'v', when: 'range(3000).exists(i, i == 2999)' }
    const heavy = 45_000

    function afterKept(count: number): TestRun {
      const run = new TestRun({ nodes, edges: [{ from: 'd', to: 'w' }, when] })
      for (let time = 0; time < count; time += 1) run.send(signal('paid', heavy))
      return run
    }

    it('so that many others do not keep it from its node, nor fail it', () => {
      const run = afterKept(40)
      run.send(signal('paid', 7))
      run.wakeAfter(60_000)
      for (let time = 0; time < 4; time += 1) run.send({ type: 'wake' })
      expect(run.state.phase).toMatchObject({ status: 'completed', output: 1 })
      expect(run.state.signals).toHaveLength(40)
    })

    it('and a transition looks at so many only; the node waits as before while later ones go on', () => {
      const run = afterKept(200)
      run.wakeAfter(60_000)
      const { effects, node } = { effects: [...run.effects], node: run.node('w') }
      expect(effects).toEqual([{ type: 'continue' }])
      const lookedTo = () => {
        const state = run.node('w')
        return state.status === 'waiting' && state.on.kind === 'event' ? state.on.lookedTo : null
      }
      const first = lookedTo()
      expect(first).toBeLessThan(200)
      expect(restored(run)).toEqual(run.state)
      run.send({ type: 'wake' })
      expect(lookedTo()).toBeGreaterThan(first ?? 0)
      for (let time = 0; time < 6; time += 1) run.send({ type: 'wake' })
      expect(run.node('w')).toEqual({ ...node, on: { kind: 'event', event: 'paid', match } })
      expect(run.send({ type: 'wake' }).noOp).toBe('NOTHING_DUE')
      run.send(signal('paid', 7))
      expect(run.state.phase.status).toBe('completed')
    })

    it('and waits on while the execution is paused', () => {
      const run = afterKept(200)
      run.wakeAfter(60_000)
      run.send({ type: 'pause', by: 'admin', reason: null })
      expect(run.send({ type: 'wake' }).noOp).toBe('NOTHING_DUE')
      expect(run.send({ type: 'resume', by: 'admin' }).events.map(({ type }) => type)).toEqual([
        'execution.resumed',
        'node.waiting',
      ])
    })
  })

  it('is refused where asking all nodes that wait takes too long', () => {
    const match = 'range(45000).exists(i, i < 0) || payload == item'
    const run = runOf([each(body([wait('w', { match })]), { concurrency: 1_000 })], [], { list: Array.from(Array(200).keys()) })
    expect(run.send(signal('paid', 0)).noOp).toBeNull()
    expect(statusAt(run, 'each[0].w')).toBe('completed')
    expect(run.send(signal('paid', 199)).noOp).toBe('TOO_MANY_SIGNALS')
    expect(run.state.signals).toEqual([])
  })

  it('goes before a time out of no seconds', () => {
    const run = runOf([delay('d', 60), wait('w', { timeout_seconds: 0 })], ['d>w'])
    run.send(signal('paid', 'a'))
    run.wakeAfter(60_000)
    expect(run.state.outputs).toMatchObject({ w: 'a' })
  })

  it(`is refused above ${MAX_KEPT_SIGNALS} kept ones, and delivered all the same where a node waits`, () => {
    const run = runOf([delay('d', 60), wait('w'), wait('other', { event: 'shipped' })], ['d>w'])
    for (let n = 0; n < MAX_KEPT_SIGNALS; n += 1) expect(run.send(signal('paid', n)).noOp).toBeNull()
    expect(run.send(signal('paid')).noOp).toBe('TOO_MANY_SIGNALS')
    expect(run.send(signal('shipped')).noOp).toBeNull()
    expect(run.node('other').status).toBe('completed')
    expect(run.state.signals).toHaveLength(MAX_KEPT_SIGNALS)
  })

  it(`is refused above ${MAX_KEPT_SIGNAL_CHARACTERS} characters of kept ones`, () => {
    const run = late()
    const text = (length: number) => 'x'.repeat(length - 2)
    for (let n = 0; n < 8; n += 1) run.send(signal('paid', text(MAX_KEPT_SIGNAL_CHARACTERS / 8 - (n === 7 ? 10 : 0))))
    expect(run.send(signal('paid', text(11))).noOp).toBe('TOO_MANY_SIGNALS')
    expect(run.send(signal('paid', text(10))).noOp).toBeNull()
    expect(run.send(signal('paid', '')).noOp).toBe('TOO_MANY_SIGNALS')
  })

  it('counts as kept only as long as it is', () => {
    const run = late()
    const before = run.state.keptCharacters
    run.send(signal('paid', 'abcd'))
    expect(run.state.keptCharacters).toBe(before + jsonLength('abcd'))
    expect(run.state.signalCharacters).toBe(jsonLength('abcd'))
    run.wakeAfter(60_000)
    expect(run.state.signalCharacters).toBe(0)
    const direct = late()
    direct.wakeAfter(60_000)
    direct.send(signal('paid', 'abcd'))
    expect(run.state.keptCharacters).toBe(direct.state.keptCharacters)
  })
})

describe('an event that nobody can wait for', () => {
  it('is unknown, bodies included', () => {
    const inBody = each(body([wait('w', { event: 'inside' })]))
    const run = new TestRun(graph([delay('d', 60), inBody, wait('top')], ['d>each']), { list: [1] })
    expect(run.send(signal('nothing')).noOp).toBe('UNKNOWN_SIGNAL')
    expect(run.send(signal('inside')).noOp).toBeNull()
  })

  it(`has a name of 1 to ${MAX_SIGNAL_NAME_LENGTH} characters, also where a template names any`, () => {
    const run = runOf([wait('w', { event: '{{ inputs.name }}' })], [], { name: 'x' })
    expect(run.send(signal('')).noOp).toBe('UNKNOWN_SIGNAL')
    expect(run.send(signal('x'.repeat(MAX_SIGNAL_NAME_LENGTH + 1))).noOp).toBe('UNKNOWN_SIGNAL')
    expect(run.send(signal('x'.repeat(MAX_SIGNAL_NAME_LENGTH))).noOp).toBeNull()
  })

  it('comes too late once the execution has ended', () => {
    const run = runOf([wait('w')])
    run.send(signal('paid'))
    expect(run.send(signal('paid')).noOp).toBe('ALREADY_FINISHED')
  })
})

describe('a repeat, by its idempotency key', () => {
  it('changes nothing, also where the first has ended the execution', () => {
    const run = runOf([wait('w'), wait('v')])
    run.send(signal('paid', 1, 'k'))
    expect(run.send(signal('paid', 1, 'k')).noOp).toBe('REPEATED_SIGNAL')
    expect(run.statuses()).toEqual({ w: 'completed', v: 'waiting' })
    run.send(signal('paid', 2, 'l'))
    expect(run.state.phase.status).toBe('completed')
    expect(run.send(signal('paid', 2, 'l')).noOp).toBe('REPEATED_SIGNAL')
    expect(run.send(signal('paid', 2, 'm')).noOp).toBe('ALREADY_FINISHED')
  })

  it('is one of the same event: another may have the same key', () => {
    const run = runOf([wait('w'), wait('v', { event: 'shipped' })])
    run.send(signal('paid', 1, 'order-7'))
    run.send(signal('shipped', 2, 'order-7'))
    expect(run.state.outputs).toEqual({ w: 1, v: 2 })
  })

  it('of one that was refused is not one', () => {
    const run = runOf([delay('d', 60), wait('w')], ['d>w'])
    for (let n = 0; n < MAX_KEPT_SIGNALS; n += 1) run.send(signal('paid', n))
    expect(run.send(signal('paid', 1, 'k')).noOp).toBe('TOO_MANY_SIGNALS')
    run.wakeAfter(60_000)
    expect(run.send(signal('paid', 1, 'k')).noOp).toBe('ALREADY_FINISHED')
  })

  it(`is recognised among the last ${MAX_SIGNAL_KEYS}`, () => {
    const run = runOf([wait('w', { match: 'false' })])
    const keys = Array.from({ length: MAX_SIGNAL_KEYS }, (_, n) => JSON.stringify(['paid', `k${n}`]))
    run.state = { ...run.state, signalKeys: keys }
    expect(run.send(signal('paid', 1, 'k0')).noOp).toBe('REPEATED_SIGNAL')
    run.send(signal('paid', 1, 'new'))
    expect(run.state.signalKeys).toHaveLength(MAX_SIGNAL_KEYS)
    expect(run.send(signal('paid', 1, 'k1')).noOp).toBe('REPEATED_SIGNAL')
    expect(run.send(signal('paid', 1, 'k0')).noOp).toBeNull()
  })
})

describe('the time out', () => {
  const timed = (edges: readonly string[] = []) => runOf([wait('w', { timeout_seconds: 60 }), value('t', 'none came')], edges)

  it('takes its port, with null', () => {
    const run = timed(['w:timeout>t'])
    run.wakeAfter(60_000)
    expect(run.node('w')).toMatchObject({ status: 'completed', output: null, ports: ['timeout'] })
    expect(run.state.phase).toMatchObject({ output: 'none came' })
  })

  it('fails the node where no edge leaves it', () => {
    const run = timed()
    run.wakeAfter(60_000)
    expect(run.node('w')).toMatchObject({
      status: 'failed',
      error: { code: 'NODE_TIMEOUT', message: 'node w: no event `paid` came in time', retryable: false },
    })
    expect(run.state.phase.status).toBe('failed')
  })

  it('is caught by the error edge', () => {
    const run = timed(['w:error>t'])
    run.wakeAfter(60_000)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'none came' })
  })

  it('comes with the millisecond, not before', () => {
    const run = timed(['w:timeout>t'])
    expect(run.wakeAfter(59_999).noOp).toBe('NOTHING_DUE')
    run.wakeAfter(1)
    expect(run.node('w').status).toBe('completed')
  })

  it('and the event: what is first in the journal decides, once', () => {
    const eventFirst = timed(['w:timeout>t'])
    eventFirst.now += 60_000
    eventFirst.send(signal('paid', 1))
    eventFirst.wakeAfter(0)
    expect(eventFirst.node('w')).toMatchObject({ output: 1, ports: ['out'] })
    const timeFirst = runOf([wait('w', { timeout_seconds: 60 }), wait('v'), value('t', 0)], ['w:timeout>t'])
    timeFirst.wakeAfter(60_000)
    timeFirst.send(signal('paid', 1))
    expect(timeFirst.node('w')).toMatchObject({ output: null, ports: ['timeout'] })
    expect(timeFirst.state.outputs).toMatchObject({ v: 1 })
  })
})

describe('a pause', () => {
  it('lets an event in, and starts what follows on resume', () => {
    const run = runOf([wait('w'), value('after', 1)], ['w>after'])
    run.send({ type: 'pause', by: 'ada', reason: null })
    run.send(signal('paid', 'a'))
    expect(run.statuses()).toEqual({ w: 'completed', after: 'pending' })
    run.send({ type: 'resume', by: 'ada' })
    expect(run.state.phase.status).toBe('completed')
  })

  it('holds a time out back: an event gets in until the resume', () => {
    const run = runOf([wait('w', { timeout_seconds: 60 }), value('t', 1)], ['w:timeout>t'])
    run.send({ type: 'pause', by: 'ada', reason: null })
    run.wakeAfter(60_000)
    expect(run.node('w').status).toBe('waiting')
    run.send(signal('paid', 'a'))
    expect(run.node('w')).toMatchObject({ output: 'a' })
  })
})

describe('in a loop', () => {
  it('each iteration waits for itself; who waits longest comes first, match decides', () => {
    const run = new TestRun(graph([each(body([wait('w', { match: 'payload.id == item' })]), { concurrency: 2 })], []), {
      list: [1, 2, 3],
    })
    run.send(signal('paid', { id: 3 }))
    run.send(signal('paid', { id: 2 }))
    expect([statusAt(run, 'each[0].w'), statusAt(run, 'each[1].w')]).toEqual(['waiting', 'completed'])
    // The third begins where the second has ended, and finds what was kept for it.
    expect(nodeAt(run, 'each[2].w')).toMatchObject({ status: 'completed', output: { id: 3 } })
    run.send(signal('paid', { id: 1 }))
    expect(run.state.phase).toMatchObject({ output: [{ id: 1 }, { id: 2 }, { id: 3 }] })
  })

  it('a loop takes one event a round, kept ones included', () => {
    const loop = {
      id: 'loop',
      type: 'loop',
      config: {
        initial: [],
        while: 'size(state) < 3',
        body: body([wait('w'), value('next', '{{ state + [outputs.w] }}')], ['w>next']),
      },
    }
    const run = runOf([loop])
    run.send(signal('paid', 'a'))
    run.send(signal('paid', 'b'))
    run.send(signal('paid', 'c'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['a', 'b', 'c'] })
  })
})

describe('a new epoch', () => {
  it('delivers what was kept, and does not deliver again what was consumed', () => {
    const run = runOf([wait('w'), http('h', { config: { url: 'https://example.com/' } }), wait('v')], ['w>h', 'h>v'])
    for (const payload of ['a', 'b', 'c']) run.send(signal('paid', payload))
    run.settle('h', failure({ code: 'BAD', retryable: false }))
    expect(run.state).toMatchObject({ phase: { status: 'failed' }, outputs: { w: 'a' } })
    run.send({ type: 'recover', by: 'ada' })
    run.send({ type: 'settle', epoch: 2, node: 'h', attempt: 1, result: success() })
    expect(run.state).toMatchObject({ epoch: 2, phase: { status: 'completed' }, outputs: { w: 'a', v: 'b' } })
    expect(run.state.signals.map(({ payload }) => payload)).toEqual(['c'])
  })
})

it('a payload above what an output may be fails the node, loud and final', () => {
  const run = runOf([wait('w')])
  run.send(signal('paid', 'x'.repeat(MAX_OUTPUT_BYTES)))
  expect(run.node('w')).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_TOO_LARGE' } })
})
