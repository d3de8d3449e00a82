// The transition table: a state and a command give events, effects and a new state.
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import {
  LEASE_GRACE_MS,
  MAX_INTERRUPTIONS,
  MAX_OUTPUT_BYTES,
  MAX_STEPS_PER_TRANSITION,
  QUEUE_PICKUP_MS,
} from '../../src/core/limits.ts'
import { nextWakeAt } from '../../src/core/timers.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { EPOCH_START, failure, graph, success, TestRun } from '../support/run.ts'

const http = (id: string, more: JsonObject = {}) => ({
  id,
  type: 'http-request',
  config: { url: 'https://example.com/' },
  ...more,
})
const value = (id: string, given: string | number | null = id) => ({ id, type: 'value', config: { value: given } })
const delay = (id: string, seconds = 10) => ({ id, type: 'delay', config: { delay_seconds: seconds } })

describe('start', () => {
  it('runs a pure graph to its end in one transition', () => {
    const run = new TestRun(
      graph([value('a', 10), value('b', 5), { id: 'c', type: 'operation', config: { op: 'add' } }], ['a>c', 'b>c']),
    )
    expect(run.told()).toEqual([
      'execution.created',
      'execution.started',
      'node.completed a',
      'node.completed b',
      'node.completed c',
      'execution.completed',
    ])
    expect(run.state.phase).toEqual({ status: 'completed', endedAt: EPOCH_START, output: 15 })
    expect(run.effects).toEqual([])
  })

  it('gives a handed-off node out with its rendered config, a lease and an effect', () => {
    const run = new TestRun(graph([http('a', { config: { url: 'https://example.com/{{ inputs.id }}' } })], []), { id: 7 })
    expect(run.node('a')).toEqual({
      status: 'running',
      startedAt: EPOCH_START,
      takenEdges: [],
      config: { url: 'https://example.com/7' },
      attempt: 1,
      failures: 0,
      interruptions: 0,
      leaseUntil: EPOCH_START + 20_000 + LEASE_GRACE_MS,
      claimed: false,
    })
    expect(run.effects).toEqual([{ type: 'node.run', node: 'a', attempt: 1 }])
  })

  it('gives a node above the bound of a Runner to the task queue, which claims it once', () => {
    const run = new TestRun(graph([http('a', { timeout_seconds: 21 })], []))
    expect(run.effects).toEqual([{ type: 'node.enqueue', node: 'a', attempt: 1 }])
    expect(nextWakeAt(run.state)).toBe(EPOCH_START + QUEUE_PICKUP_MS)
    const claim = { type: 'claim', epoch: 1, node: 'a', attempt: 1 } as const
    expect(run.send(claim).noOp).toBeNull()
    expect(nextWakeAt(run.state)).toBe(EPOCH_START + 21_000 + LEASE_GRACE_MS)
    expect(run.send(claim).noOp).toBe('ALREADY_CLAIMED')
    run.settle('a', success('done'))
    expect(run.send(claim).noOp).toBe('ALREADY_FINISHED')
  })

  it('a second start changes nothing', () => {
    const run = new TestRun(graph([value('a')], []))
    const { identity, graph: compiled, inputs } = run.state
    expect(run.send({ type: 'start', identity, definition: compiled.definition, inputs }).noOp).toBe('ALREADY_STARTED')
  })

  it('stops at its step limit, also among roots, and goes on by wake', () => {
    const nodes = Array.from({ length: MAX_STEPS_PER_TRANSITION + 1 }, (_, index) => value(`n${index}`))
    const run = new TestRun(graph(nodes, []))
    expect(run.effects).toEqual([{ type: 'continue' }])
    expect(run.state.phase.status).toBe('open')
    run.send({ type: 'wake' })
    expect(run.state.phase.status).toBe('completed')
    expect(run.state.path).toHaveLength(MAX_STEPS_PER_TRANSITION + 1)
  })

  it('exactly as many steps as one transition may make need no second one', () => {
    const nodes = Array.from({ length: MAX_STEPS_PER_TRANSITION }, (_, index) => value(`n${index}`))
    expect(new TestRun(graph(nodes, [])).effects).toEqual([])
  })
})

describe('branches', () => {
  const branching = graph(
    [
      { id: 'c', type: 'condition', config: { condition: 'inputs.n > 1' } },
      value('yes'),
      value('no'),
      { id: 'end', type: 'end', config: {} },
    ],
    ['c:true>yes', 'c:false>no', 'yes>end', 'no>end'],
  )

  it('takes one port; what lies behind the other is skipped, and the join runs with what is taken', () => {
    const run = new TestRun(branching, { n: 2 })
    expect(run.statuses()).toEqual({ c: 'completed', yes: 'completed', no: 'skipped', end: 'completed' })
    expect(run.state.phase).toMatchObject({ output: 'yes' })
    expect(run.state.path).toEqual(['c', 'yes', 'end'])
  })

  it('a skipped node skips all behind it', () => {
    const run = new TestRun(
      graph([{ id: 'c', type: 'condition', config: { condition: 'false' } }, value('a'), value('b')], ['c:true>a', 'a>b']),
    )
    expect(run.statuses()).toEqual({ c: 'completed', a: 'skipped', b: 'skipped' })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: null })
  })

  it('an edge whose `when` does not hold is dead; it sees its source`s output as `input`', () => {
    const run = new TestRun(
      graph(
        [value('a', 5), value('b'), value('c')],
        [
          { from: 'a', to: 'b', when: 'input > 4' },
          { from: 'a', to: 'c', when: 'outputs.a > 5' },
        ],
      ),
    )
    expect(run.statuses()).toEqual({ a: 'completed', b: 'completed', c: 'skipped' })
  })

  it('an error in `when` fails its source, which an error edge catches', () => {
    const nodes = [value('a', 5), value('b'), value('caught')]
    const when = { from: 'a', to: 'b', when: 'input.missing > 4' }
    const failed = new TestRun(graph(nodes.slice(0, 2), [when]))
    expect(failed.state.phase).toMatchObject({ status: 'failed', node: 'a', error: { code: 'EXPRESSION_ERROR' } })
    const caught = new TestRun(graph(nodes, [when, 'a:error>caught']))
    expect(caught.statuses()).toEqual({ a: 'failed', b: 'skipped', caught: 'completed' })
  })

  it('a disabled node passes its input on', () => {
    const run = new TestRun(graph([value('a', 5), { ...value('b', 6), disabled: true }], ['a>b']))
    expect(run.state.phase).toMatchObject({ output: 5 })
  })

  it('filter carries other values over its other port', () => {
    const run = new TestRun(
      graph(
        [
          { id: 'f', type: 'filter', config: { items: 'inputs.list', condition: 'item > 2' } },
          value('kept', '{{ input }}'),
          value('rest', '{{ input }}'),
        ],
        ['f>kept', 'f:rejected>rest'],
      ),
      { list: [1, 2, 3] },
    )
    expect(run.state.outputs).toMatchObject({ f: [3], kept: [3], rest: [1, 2] })
  })
})

describe('joins', () => {
  const joining = (join: Json, more: JsonObject = {}) =>
    graph([http('a'), http('b'), http('c'), { id: 'j', type: 'merge', config: {}, join, ...more }], ['a>j', 'b>j', 'c>j'])

  it('all: waits for every source, runs if any is taken', () => {
    const run = new TestRun(
      graph(
        [http('a'), http('b', { on_error: 'continue', retry: { strategy: 'none' } }), { id: 'j', type: 'end', config: {} }],
        ['a>j', 'b>j'],
      ),
    )
    run.settle('a', success(1))
    expect(run.node('j').status).toBe('pending')
    run.settle('b', failure())
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { a: 1, b: null } })
  })

  it('any: runs at the first, with its value alone; what comes later is recorded and changes nothing', () => {
    const run = new TestRun(joining('any', { type: 'end' }))
    run.settle('b', success('first'))
    expect(run.node('j')).toMatchObject({ status: 'completed', output: 'first', takenEdges: [1] })
    run.settle('a', success('late'))
    run.settle('c', success('later'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'first' })
    expect(run.told().filter((event) => event.endsWith(' j'))).toEqual(['node.completed j'])
  })

  it('count: runs at the n-th, is skipped once fewer can still come', () => {
    const ran = new TestRun(joining({ count: 2 }, { type: 'end' }))
    ran.settle('c', success('c'))
    ran.settle('a', success('a'))
    expect(ran.node('j')).toMatchObject({ status: 'completed', output: { a: 'a', c: 'c' } })

    const dead = [1, 2].map((n) => ({ id: `x${n}`, type: 'condition', config: { condition: 'false' } }))
    const skipped = new TestRun(
      graph([...dead, value('y'), { id: 'j', type: 'end', config: {}, join: { count: 2 } }], ['x1:true>j', 'x2:true>j', 'y>j']),
    )
    expect(skipped.node('j').status).toBe('skipped')
  })

  it('count: what was settled in an earlier transition counts before what comes in edge order', () => {
    const run = new TestRun(
      graph(
        [http('go'), value('a'), value('b'), http('early'), { id: 'j', type: 'end', config: {}, join: { count: 2 } }],
        ['go>a', 'go>b', 'a>j', 'b>j', 'early>j'],
      ),
    )
    run.settle('early', success('early'))
    run.settle('go', success())
    expect(run.node('j')).toMatchObject({ status: 'completed', output: { a: 'a', early: 'early' } })
  })

  it('when: decides in three values as soon as the outcome cannot change', () => {
    const run = new TestRun(joining({ when: 'a && (b || c)' }, { type: 'end' }))
    run.settle('c', success('c'))
    expect(run.node('j').status).toBe('pending')
    run.settle('a', success('a'))
    expect(run.node('j')).toMatchObject({ status: 'completed', output: { a: 'a', c: 'c' } })
  })

  it('when: what settles in the same wave as the decision does not count', () => {
    const run = new TestRun(
      graph([http('go'), value('a'), { id: 'j', type: 'end', config: {}, join: { when: 'go || a' } }], ['go>a', 'go>j', 'a>j']),
    )
    run.settle('go', success('go'))
    expect(run.node('j')).toMatchObject({ status: 'completed', output: 'go' })
  })

  it('cancel_rest: also where the join can no longer run', () => {
    const never = { id: 'x', type: 'condition', config: { condition: 'false' } }
    const join = { id: 'j', type: 'end', config: {}, join: { count: 2 }, cancel_rest: true }
    const run = new TestRun(graph([never, http('a'), join], ['x:true>j', 'a>j']))
    expect(run.statuses()).toEqual({ x: 'completed', a: 'cancelled', j: 'skipped' })
    expect(run.state.phase.status).toBe('completed')
  })

  it('edges from one source are one vote', () => {
    const run = new TestRun(
      graph(
        [
          { id: 's', type: 'switch', config: { on: '"x"', cases: { x: 'px', y: 'py' } } },
          value('o'),
          { id: 'j', type: 'end', config: {}, join: { count: 2 } },
        ],
        ['s:px>j', 's:py>j', 'o>j'],
      ),
    )
    expect(run.node('j').status).toBe('completed')
  })

  it('cancel_rest: ends what only leads into the join, started ones cancelled, others skipped; late results are no-ops', () => {
    const run = new TestRun(
      graph(
        [
          http('a'),
          http('b'),
          value('after_b'),
          http('elsewhere'),
          value('other'),
          { id: 'j', type: 'end', config: {}, join: 'any', cancel_rest: true },
        ],
        ['a>j', 'b>after_b', 'after_b>j', 'elsewhere>j', 'elsewhere>other'],
      ),
    )
    run.settle('a', success('first'))
    expect(run.statuses()).toEqual({
      a: 'completed',
      b: 'cancelled',
      after_b: 'skipped',
      elsewhere: 'running',
      other: 'pending',
      j: 'completed',
    })
    expect(run.settle('b', success()).noOp).toBe('NOT_RUNNING')
    run.settle('elsewhere', success())
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'first' })
  })
})

describe('settle', () => {
  it('the first accepted result wins; a second, an unknown node, another epoch or attempt are named no-ops', () => {
    const run = new TestRun(graph([http('a'), http('b')], []))
    expect(run.settle('x', success()).noOp).toBe('UNKNOWN_NODE')
    expect(run.settle('a', success(), 2).noOp).toBe('SUPERSEDED_ATTEMPT')
    expect(run.send({ type: 'settle', epoch: 2, node: 'a', attempt: 1, result: success() }).noOp).toBe('SUPERSEDED_EPOCH')
    expect(run.settle('a', success(1)).noOp).toBeNull()
    expect(run.settle('a', success(2)).noOp).toBe('NOT_RUNNING')
    run.settle('b', success())
    expect(run.settle('b', success()).noOp).toBe('ALREADY_FINISHED')
    expect(run.state.outputs).toEqual({ a: 1, b: null })
  })

  it('a retryable failure waits for its next attempt, which uses the config of the first', () => {
    const run = new TestRun(
      graph(
        [http('a', { config: { url: 'https://example.com/{{ now() }}' }, retry: { jitter: 'none', initial_delay_ms: 500 } })],
        [],
      ),
    )
    const { config } = run.node('a') as { config: unknown }
    run.settle('a', failure())
    expect(run.node('a')).toMatchObject({ status: 'retrying', resumeAt: EPOCH_START + 500, failures: 1, config })
    expect(run.wakeAfter(499).noOp).toBe('NOTHING_DUE')
    run.wakeAfter(1)
    expect(run.node('a')).toMatchObject({ status: 'running', attempt: 2, config })
    expect(run.effects.at(-1)).toEqual({ type: 'node.run', node: 'a', attempt: 2 })
    run.settle('a', success('ok'), 2)
    expect(run.node('a')).toMatchObject({ status: 'completed', attempt: 2, failures: 1, output: 'ok' })
  })

  it('a final failure, or the last attempt, fails the execution; what has begun is cancelled, what has not is skipped', () => {
    const run = new TestRun(graph([http('a', { retry: { max_attempts: 1 } }), http('b'), value('c')], ['b>c']))
    run.settle('a', failure())
    expect(run.statuses()).toEqual({ a: 'failed', b: 'cancelled', c: 'skipped' })
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'a', error: { code: 'NETWORK_ERROR' } })
    expect(run.state.errors).toMatchObject([{ node: 'a', error: { code: 'NETWORK_ERROR', attempts: 1 } }])
  })

  it('an error edge takes the failure, with code, message and attempts as value', () => {
    const run = new TestRun(
      graph(
        [http('a', { retry: { strategy: 'none' } }), value('caught', '{{ error.code }}/{{ input.attempts }}'), value('fine')],
        ['a:error>caught', 'a>fine'],
      ),
    )
    run.settle('a', failure({ code: 'HTTP_STATUS', status: 404, retryable: false }))
    expect(run.statuses()).toEqual({ a: 'failed', caught: 'completed', fine: 'skipped' })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'HTTP_STATUS/1' })
    expect(run.state.errors).toEqual([])
  })

  it('on_error: continue goes on with null and is listed among the errors', () => {
    const run = new TestRun(graph([http('a', { on_error: 'continue' }), value('b', '{{ outputs.a == null }}')], ['a>b']))
    run.settle('a', failure({ retryable: false }))
    expect(run.statuses()).toEqual({ a: 'failed', b: 'completed' })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: true })
    expect(run.state.errors).toHaveLength(1)
  })

  it('two failures of one transition: the first in definition order ends the execution, both are listed', () => {
    const fail = (id: string) => ({ id, type: 'fail', config: { code: `E_${id.toUpperCase()}`, message: 'no' } })
    const run = new TestRun(graph([http('go'), fail('x'), fail('y'), http('z')], ['go>y', 'go>x', 'go>z']))
    run.settle('go', success())
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'x', error: { code: 'E_X' } })
    expect(run.state.errors.map(({ node }) => node)).toEqual(['x', 'y'])
    expect(run.node('z').status).toBe('skipped')
  })
})

describe('wake', () => {
  it('a delay completes at its moment with its input, not before', () => {
    const run = new TestRun(graph([value('a', 5), delay('d', 10)], ['a>d']))
    expect(nextWakeAt(run.state)).toBe(EPOCH_START + 10_000)
    expect(run.wakeAfter(9_999).noOp).toBe('NOTHING_DUE')
    run.wakeAfter(1)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 5 })
    expect(run.send({ type: 'wake' }).noOp).toBe('ALREADY_FINISHED')
  })

  it('a lost attempt is made again without using attempts up, a bounded number of times', () => {
    const run = new TestRun(graph([http('a', { retry: { max_attempts: 1 } })], []))
    const lease = 20_000 + LEASE_GRACE_MS
    for (let lost = 1; lost <= MAX_INTERRUPTIONS; lost += 1) {
      run.wakeAfter(lease)
      expect(run.node('a')).toMatchObject({ status: 'running', attempt: lost + 1, failures: 0, interruptions: lost })
    }
    run.wakeAfter(lease)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } })
  })

  it('at_most_once: a lost attempt is not made again', () => {
    const run = new TestRun(graph([http('a', { at_most_once: true })], []))
    run.wakeAfter(20_000 + LEASE_GRACE_MS)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } })
    expect(run.effects).toHaveLength(1)
  })

  it('the deadline fails the execution in the words that are known', () => {
    const run = new TestRun(graph([delay('d', 400)], [], { settings: { timeout_seconds: 300 } }))
    run.wakeAfter(300_000)
    expect(run.state.phase).toMatchObject({
      status: 'failed',
      node: null,
      error: { code: 'EXECUTION_TIMEOUT', message: 'workflow execution timeout: exceeded 5m0s' },
    })
    expect(run.node('d').status).toBe('cancelled')
  })

  it('a timer that came due before the deadline takes effect first, however late the wake', () => {
    const run = new TestRun(graph([delay('d', 10)], [], { settings: { timeout_seconds: 300 } }))
    run.wakeAfter(900_000)
    expect(run.state.phase.status).toBe('completed')
  })
})

describe('cancel', () => {
  it('is immediate and final', () => {
    const run = new TestRun(graph([http('a'), delay('d'), value('e')], ['a>e']))
    run.cancel()
    expect(run.statuses()).toEqual({ a: 'cancelled', d: 'cancelled', e: 'skipped' })
    expect(run.state.phase).toEqual({ status: 'cancelled', endedAt: EPOCH_START, by: 'admin', reason: null })
    expect(run.settle('a', success()).noOp).toBe('ALREADY_FINISHED')
    expect(run.cancel().noOp).toBe('ALREADY_FINISHED')
  })
})

describe('variables and templates', () => {
  it('defaults, overlaid by inputs, then assignments in journal order; `inputs` never changes', () => {
    const run = new TestRun(
      graph(
        [
          { id: 's', type: 'set-variables', config: { assign: { region: 'us', old: '{{ region }}' } } },
          value('v', '{{ region }}/{{ old }}/{{ tier }}/{{ inputs.tier }}'),
        ],
        ['s>v'],
        { variables: { region: 'eu', tier: 'free' } },
      ),
      { tier: 'pro' },
    )
    expect(run.state.phase).toMatchObject({ output: 'us/eu/pro/pro' })
    expect(run.state.variables).toEqual({ region: 'us', old: 'eu', tier: 'pro' })
  })

  it('a name that does not exist fails the node with node, config path and expression', () => {
    const run = new TestRun(graph([value('v', 'Hi {{ nobody }}')], []))
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXPRESSION_ERROR' } })
    const { message } = (run.state.phase as { error: { message: string } }).error
    for (const part of ['node v', 'config.value', 'nobody']) expect(message).toContain(part)
  })

  it('uuid() is derived from the execution and the node, each call its own', () => {
    const definition = graph([{ id: 'v', type: 'value', config: { value: ['{{ uuid() }}', '{{ uuid() }}'] } }], [])
    const [one, two] = [new TestRun(definition), new TestRun(definition)].map((run) => run.state.outputs.v as string[])
    expect(one).toEqual(two)
    expect(one?.[0]).not.toBe(one?.[1])
    expect(one?.[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('an output at its limit is kept, one byte above fails the node', () => {
    // `["aaa…","x"]` is 8 bytes longer than its first string.
    const withLetters = (length: number) =>
      new TestRun(graph([{ id: 'v', type: 'value', config: { value: ['{{ inputs.letters }}', 'x'] } }], []), {
        letters: 'a'.repeat(length),
      })
    expect(withLetters(MAX_OUTPUT_BYTES - 8).state.phase.status).toBe('completed')
    expect(withLetters(MAX_OUTPUT_BYTES - 7).state.phase).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_TOO_LARGE' } })
  })
})

it('folding the journal gives the state that was decided', () => {
  const run = new TestRun(
    graph([http('a', { retry: { jitter: 'none' } }), delay('d', 1), { id: 'end', type: 'end', config: {} }], ['a>d', 'd>end']),
  )
  run.settle('a', failure())
  run.wakeAfter(1_000)
  run.settle('a', success({ status: 200 }), 2)
  run.wakeAfter(1_000)
  expect(run.state.phase.status).toBe('completed')
  expect(foldEntries(null, run.journal, nodeTypes)).toEqual(run.state)
  expect(foldEntries(null, JSON.parse(JSON.stringify(run.journal)), nodeTypes)).toEqual(run.state)
})
