// `loop`, loops within each other, and what bounds them, as SPEC §4 Loops and §12 have it.
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import { allRuns } from '../../src/core/instance.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { keptBy, keptByPlan } from '../../src/core/kept-characters.ts'
import {
  DEFAULT_MAX_ITERATIONS,
  MAX_BODY_DEPTH,
  MAX_ITERATIONS,
  MAX_KEPT_CHARACTERS,
  MAX_LOOP_OUTPUT_BYTES,
  MAX_NODE_INSTANCES,
  MAX_STEPS_PER_TRANSITION,
} from '../../src/core/limits.ts'
import { takeSnapshot } from '../../src/core/snapshot.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { body, each, goOn, http, loop, nodeAt, restored, runningIn, statusAt, upTo, value } from '../support/loops.ts'
import { failure, graph, success, TestRun } from '../support/run.ts'

const runOf = (node: JsonObject, more: readonly JsonObject[] = [], edges: readonly string[] = [], inputs: JsonObject = {}) =>
  new TestRun(graph([node, ...more], edges), inputs)
const phaseOf = (node: JsonObject, inputs: JsonObject = {}) => runOf(node, [], [], inputs).state.phase
const increment = body([value('v', '{{ state + 1 }}')])
const call = (id: string) => http(id, { config: { url: 'https://example.com/' } })
const failed = failure({ code: 'HTTP_STATUS', message: 'no', retryable: false })

describe('`loop`', () => {
  it('gives the last state: `initial`, then what the body gave', () => {
    expect(phaseOf(loop(increment, { initial: 1, while: 'state < 5' }))).toMatchObject({ status: 'completed', output: 5 })
    expect(phaseOf(loop(increment, { initial: 1, while: '{{ state < 5 }}' }))).toMatchObject({ output: 5 })
  })

  it('runs no round where `while` is false at once, and gives `initial`', () => {
    const run = runOf(loop(body([call('c')]), { initial: { a: [1] }, while: 'false' }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { a: [1] } })
    expect(run.state.iterations.size).toBe(0)
    expect(phaseOf(loop(increment, { while: 'state != null' }))).toMatchObject({ output: null })
  })

  it('has `state`, `iteration` and `input` in its body, and `state` and `iteration` in `while`', () => {
    const seen = body([value('seen', ['{{ state }}', '{{ iteration }}', '{{ input }}'])])
    expect(phaseOf(loop(seen, { initial: 's', while: 'iteration < 2' }))).toMatchObject({
      output: [['s', 0, 's'], 1, ['s', 0, 's']],
    })
  })

  it('renders `initial`, which may be anything', () => {
    expect(phaseOf(loop(increment, { initial: '{{ inputs.n }}', while: 'iteration < 2' }), { n: 5 })).toMatchObject({ output: 7 })
    const list = loop(body([value('v', '{{ state + [iteration] }}')]), { initial: [], while: 'size(state) < 3' })
    expect(phaseOf(list)).toMatchObject({ output: [0, 1, 2] })
  })

  it('goes round by round, each when the one before has ended', () => {
    const run = runOf(loop(body([call('c')]), { while: 'iteration < 2 && (state == null || state.more)' }))
    expect(runningIn(run)).toEqual(['loop[0].c'])
    run.settle('loop[0].c', success({ more: true }))
    expect(runningIn(run)).toEqual(['loop[1].c'])
    run.settle('loop[1].c', success({ more: false }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { more: false } })
  })

  it('assigns to the enclosing variables, for the next round and what comes after', () => {
    const counts = body([{ id: 's', type: 'set-variables', config: { assign: { n: '{{ n * 2 }}' } } }])
    const definition = graph([loop(counts, { while: 'n < 100' }), value('after', '{{ n }}')], ['loop>after'], {
      variables: { n: 1 },
    })
    const run = new TestRun(definition)
    expect(run.state.phase).toMatchObject({ output: 128 })
    expect(run.state.variables).toMatchObject({ n: 128 })
  })

  it('draws another `uuid()` in each round', () => {
    const ids = phaseOf(loop(body([value('v', '{{ state + [uuid()] }}')]), { initial: [], while: 'iteration < 3' }))
    expect(ids.status === 'completed' && new Set(JSON.parse(JSON.stringify(ids.output))).size).toBe(3)
  })
})

describe('`while`', () => {
  const at = (condition: string) => phaseOf(loop(increment, { initial: 0, while: condition }))

  it('that fails ends the loop with an EXPRESSION_ERROR that names the place', () => {
    expect(at('state.nope > 1')).toMatchObject({
      status: 'failed',
      node: 'loop',
      error: { code: 'EXPRESSION_ERROR', retryable: false },
    })
    expect(at('nope')).toMatchObject({
      error: { message: expect.stringContaining('node loop: config.while: unknown name "nope"') },
    })
    expect(at('state < 2 ? true : nope')).toMatchObject({ error: { code: 'EXPRESSION_ERROR' } })
  })

  it('that gives no boolean does too', () => {
    expect(at('state')).toMatchObject({ error: { message: expect.stringContaining('gives no boolean') } })
  })

  it('that fails is caught by an error edge', () => {
    const run = runOf(loop(increment, { while: 'nope' }), [value('v', '{{ error.code }}')], ['loop:error>v'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'EXPRESSION_ERROR' })
  })

  it('sees outputs before the loop', () => {
    const run = runOf(loop(increment, { initial: 0, while: 'state < outputs.max' }), [value('max', 3)], ['max>loop'])
    expect(run.state.phase).toMatchObject({ output: 3 })
  })
})

describe('LOOP_LIMIT', () => {
  const limited = (max: number, rounds: number) =>
    phaseOf(loop(increment, { initial: 0, while: `state < ${rounds}`, max_iterations: max }))

  it('is no matter where `while` ends at the limit', () => {
    expect(limited(3, 3)).toMatchObject({ status: 'completed', output: 3 })
  })

  it('fails the loop where `while` still holds there', () => {
    expect(limited(3, 4)).toMatchObject({
      status: 'failed',
      node: 'loop',
      error: { code: 'LOOP_LIMIT', retryable: false, cause: { iterations: 3 } },
    })
    const run = runOf(loop(increment, { initial: 0, while: 'true', max_iterations: 2 }, { on_error: 'continue' }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: null })
  })

  it(`is ${DEFAULT_MAX_ITERATIONS} where nothing is said`, () => {
    const of = (rounds: number) => {
      const run = runOf(loop(increment, { initial: 0, while: `state < ${rounds}` }))
      goOn(run)
      return run.state.phase
    }
    expect(of(DEFAULT_MAX_ITERATIONS)).toMatchObject({ status: 'completed', output: DEFAULT_MAX_ITERATIONS })
    expect(of(DEFAULT_MAX_ITERATIONS + 1)).toMatchObject({ status: 'failed', error: { code: 'LOOP_LIMIT' } })
  })

  it(`may be up to ${MAX_ITERATIONS}`, () => {
    expect(limited(MAX_ITERATIONS, 1).status).toBe('completed')
    expect(() => limited(MAX_ITERATIONS + 1, 1)).toThrow('BAD_CONFIG')
    expect(() => limited(0, 1)).toThrow('BAD_CONFIG')
  })
})

describe('a failure in the body of a loop', () => {
  const rounds = loop(body([call('c'), value('v', '{{ outputs.c }}')], ['c>v']), { while: 'iteration < 3' })

  it('fails the loop with the round and the node', () => {
    const run = runOf(rounds)
    run.settle('loop[0].c', success())
    run.settle('loop[1].c', failed)
    expect(run.state.phase).toMatchObject({
      node: 'loop',
      error: { code: 'HTTP_STATUS', retryable: false, cause: { index: 1, node: 'loop[1].c' } },
    })
    expect(statusAt(run, 'loop[1].v')).toBe('skipped')
    expect(run.node('loop')).toMatchObject({ loop: { started: 2, completed: 1, failed: 1 } })
  })

  it('is caught inside by an error edge, outside by one of the loop', () => {
    const inside = loop(body([call('c'), value('v', 'caught')], ['c:error>v']), { while: 'iteration < 1' })
    const run = runOf(inside)
    run.settle('loop[0].c', failed)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'caught' })
    const outside = runOf(rounds, [value('v', '{{ error.cause.node }}')], ['loop:error>v'])
    outside.settle('loop[0].c', failed)
    expect(outside.state.phase).toMatchObject({ status: 'completed', output: 'loop[0].c' })
  })

  it('leaves null as the state where its node continues', () => {
    const run = runOf(
      loop(body([http('c', { config: { url: 'https://example.com/' }, on_error: 'continue' })]), {
        initial: 1,
        while: 'state != null',
      }),
    )
    run.settle('loop[0].c', failed)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: null })
  })
})

describe('waits in the body of a loop', () => {
  it('a delay per round', () => {
    const run = runOf(
      loop(body([{ id: 'd', type: 'delay', config: { delay_seconds: 10 } }]), { initial: 0, while: 'iteration < 3' }),
    )
    for (const round of upTo(3)) {
      expect(nodeAt(run, `loop[${round}].d`)).toMatchObject({ status: 'waiting', resumeAt: run.now + 10_000 })
      run.wakeAfter(10_000)
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 0 })
  })

  it('polls until the answer is there', () => {
    const poll = body([{ id: 'd', type: 'delay', config: { delay_seconds: 5 } }, call('c')], ['d>c'])
    const run = runOf(loop(poll, { while: 'state == null || state.status != "done"' }))
    for (const status of ['open', 'open', 'done']) {
      run.wakeAfter(5_000)
      const [path = ''] = runningIn(run)
      run.settle(path, success({ status }))
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { status: 'done' } })
  })

  it('events, one per round, in the order in which they came', () => {
    const wait = body([{ id: 'w', type: 'wait-for-event', config: { event: 'next' } }])
    const run = runOf(loop(wait, { while: 'iteration < 3' }))
    for (const payload of [1, 2, 3]) run.send({ type: 'signal', name: 'next', payload, key: null, by: 'me' })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 3 })
  })

  it('what came due while the engine slept takes effect before the deadline', () => {
    const nap = body([{ id: 'd', type: 'delay', config: { delay_seconds: 10 } }])
    const run = new TestRun(graph([loop(nap, { while: 'iteration < 1' })], [], { settings: { timeout_seconds: 20 } }))
    run.wakeAfter(60_000)
    expect(run.state.phase.status).toBe('completed')
  })
})

const text = (characters: number) => 'x'.repeat(characters)

/** A for-each over two items at each of so many levels; in the innermost body a value. */
function nested(levels: number): JsonObject {
  let inner = body([value('v', '{{ item }}')])
  for (let level = levels; level > 1; level -= 1)
    inner = body([{ ...each(inner, { items: '[item * 2, item * 2 + 1]' }), id: `e${level}` }])
  return { ...each(inner), id: 'e1' }
}

describe('loops within each other', () => {
  it(`run ${MAX_BODY_DEPTH} deep, and one more is refused`, () => {
    const run = runOf(nested(MAX_BODY_DEPTH), [], [], { list: [1] })
    goOn(run)
    const flat = JSON.stringify(run.state.phase.status === 'completed' && run.state.phase.output).replaceAll(/[[\]]/g, '')
    expect(flat.split(',').map(Number)).toEqual(upTo(128).map((n) => n + 128))
    expect(run.state.iterations.has('e1[0].e2[1].e3[0].e4[1].e5[0].e6[1].e7[0].e8[1]')).toBe(true)
    expect(() => runOf(nested(MAX_BODY_DEPTH + 1))).toThrow(`at most ${MAX_BODY_DEPTH}`)
  })

  it('see the nearest `item` and `index`, and those of the other kind further out', () => {
    const inner = loop(body([value('v', ['{{ item }}', '{{ index }}', '{{ iteration }}', '{{ state }}'])]), {
      initial: '{{ item }}',
      while: 'iteration < 1',
    })
    expect(phaseOf(each(body([inner])), { list: ['a', 'b'] })).toMatchObject({
      output: [
        ['a', 0, 0, 'a'],
        ['b', 1, 0, 'b'],
      ],
    })
    const shadowed = each(body([each(body([value('v', ['{{ item }}', '{{ index }}'])]), { items: '["x", "y"]' })]))
    expect(phaseOf(shadowed, { list: [0] })).toMatchObject({
      output: [
        [
          ['x', 0],
          ['y', 1],
        ],
      ],
    })
  })

  it('see the outputs of every scope around them', () => {
    const innermost = each(body([value('v', '{{ outputs.far }} {{ outputs.near }}')]), { items: '[1.0]' })
    const outer = each(body([value('near', '{{ item }}'), innermost], ['near>each']))
    const run = runOf(outer, [value('far', 'far')], ['far>each'], { list: ['a', 'b'] })
    expect(run.state.phase).toMatchObject({ output: [['far a'], ['far b']] })
  })

  it('assign to the nearest copy of the variables', () => {
    const set = { id: 's', type: 'set-variables', config: { assign: { n: '{{ n + 1 }}' } } }
    const inner = loop(body([set]), { while: 'iteration < 3' })
    const outer = each(body([inner, value('v', '{{ n }}')], ['loop>v']))
    const run = new TestRun(graph([outer], [], { variables: { n: 0 } }), { list: [1, 2] })
    expect(run.state.phase).toMatchObject({ output: [3, 3] })
    expect(run.state.variables).toMatchObject({ n: 0 })
  })

  it('pass a failure outwards, with the place at every level', () => {
    const deep = each(body([each(body([http('fetch')]), { items: '[0.0, 1.0]' })]))
    const run = runOf(deep, [], [], { list: ['a', 'b'] })
    run.settle('each[1].each[0].fetch', failed)
    expect(run.state.phase).toMatchObject({
      node: 'each',
      error: {
        code: 'HTTP_STATUS',
        cause: { index: 1, node: 'each[1].each', cause: { index: 0, node: 'each[1].each[0].fetch' } },
      },
    })
    for (const path of ['each[0].each[0].fetch', 'each[0].each[1].fetch', 'each[1].each[1].fetch'])
      expect(statusAt(run, path)).toBe('cancelled')
    expect(run.node('each')).toMatchObject({ status: 'failed', loop: { failed: 1, cancelled: 1 } })
    expect(nodeAt(run, 'each[0].each')).toMatchObject({ status: 'cancelled', loop: { cancelled: 2 } })
  })

  it('stop a failure where `on_item_error` says so', () => {
    const inner = each(body([http('fetch')]), { items: '[0.0, 1.0]', on_item_error: 'fail' })
    const run = runOf(each(body([inner]), { on_item_error: 'continue' }), [], [], { list: ['a', 'b'] })
    run.settle('each[0].each[1].fetch', failed)
    for (const index of [0, 1]) run.settle(`each[1].each[${index}].fetch`, success(index))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [null, [0, 1]] })
  })

  it('end with what is around them: a join, a failing neighbour', () => {
    const inner = each(body([http('fetch')]), { items: '[0.0]' })
    const run = runOf(each(body([inner, http('other')]), { on_item_error: 'drop' }), [], [], { list: ['a', 'b'] })
    run.settle('each[0].other', failed)
    expect(statusAt(run, 'each[0].each[0].fetch')).toBe('cancelled')
    expect(run.settle('each[0].each[0].fetch', success()).noOp).toBe('NOT_RUNNING')
    expect(runningIn(run)).toEqual(['each[1].other', 'each[1].each[0].fetch'])
  })

  it('come back from a snapshot in the middle', () => {
    const inner = loop(body([http('fetch'), value('v', '{{ state + [outputs.fetch] }}')], ['fetch>v']), {
      initial: [],
      while: 'iteration < 2',
    })
    const run = runOf(each(body([inner])), [], [], { list: ['a', 'b'] })
    for (const path of ['each[0].loop[0].fetch', 'each[1].loop[0].fetch', 'each[1].loop[1].fetch']) {
      run.settle(path, success(path))
      expect(restored(run)).toEqual(run.state)
      expect(foldEntries(null, run.journal, nodeTypes)).toEqual(run.state)
      run.state = restored(run)
    }
    run.settle('each[0].loop[1].fetch', success('last'))
    expect(run.state.phase).toMatchObject({
      output: [
        ['each[0].loop[0].fetch', 'last'],
        ['each[1].loop[0].fetch', 'each[1].loop[1].fetch'],
      ],
    })
  })
})

describe('a transition', () => {
  const rounds = 5_000
  const long = loop(increment, { initial: 0, while: `state < ${rounds}`, max_iterations: MAX_ITERATIONS })

  it(`handles ${MAX_STEPS_PER_TRANSITION} steps, then goes on by \`continue\`: a loop of ${rounds} rounds`, () => {
    const run = runOf(long)
    expect(run.effects).toEqual([{ type: 'continue' }])
    expect(run.state.iterations.size).toBe(MAX_STEPS_PER_TRANSITION / 2)
    expect(goOn(run)).toBe((rounds * 2) / MAX_STEPS_PER_TRANSITION)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: rounds })
    expect(foldEntries(null, run.journal, nodeTypes)).toEqual(run.state)
  })

  it('lets a cancellation in between', () => {
    const run = runOf(long)
    run.send({ type: 'wake' })
    run.cancel()
    expect(run.state.phase.status).toBe('cancelled')
    expect(run.state.iterations.size).toBe(MAX_STEPS_PER_TRANSITION)
    expect(run.send({ type: 'wake' }).noOp).toBe('ALREADY_FINISHED')
    expect([...run.state.iterations.values()].filter(({ phase }) => phase === 'open')).toEqual([])
  })

  it('lets a pause in, which stops it, and goes on at resume', () => {
    const run = runOf(long)
    run.send({ type: 'pause', by: 'admin', reason: null })
    const { size } = run.state.iterations
    run.send({ type: 'wake' })
    expect(run.state.iterations.size).toBe(size)
    run.send({ type: 'resume', by: 'admin' })
    goOn(run)
    expect(run.state.phase).toMatchObject({ output: rounds })
  })

  it('goes on wherever it stopped: bodies of any number of nodes, any concurrency', () => {
    for (const length of [1, 2, 3, 7])
      for (const concurrency of [1, 10, 1_000]) {
        const nodes = upTo(length).map((n) => value(`n${n}`, '{{ item }}'))
        const edges = upTo(length - 1).map((n) => `n${n}>n${n + 1}`)
        const run = runOf(each(body(nodes, edges), { concurrency }), [], [], { list: upTo(1_000) })
        goOn(run)
        expect(run.state.phase).toMatchObject({ status: 'completed', output: upTo(1_000) })
      }
  })

  it('goes on after a failure at its very limit', () => {
    for (const at of [497, 498, 499, 500, 501, 502]) {
      const breaks = each(body([value('v', '{{ 1.0 / (item == inputs.at ? [][0] : 1.0) }}')]), {
        on_item_error: 'continue',
        concurrency: 1,
      })
      const run = runOf(breaks, [], [], { list: upTo(600), at })
      goOn(run)
      expect(run.state.phase).toMatchObject({ status: 'completed' })
      expect(run.node('each')).toMatchObject({ loop: { completed: 599, failed: 1, failure: { index: at } } })
    }
  })
})

describe('bounds', () => {
  it('all iterations of an execution and their nodes are at most so many', () => {
    const iterations = 1_000
    const wide = (id: string, size: number) => ({
      ...each(body(upTo(size).map((n) => value(`n${n}`, 0))), { collect: false }),
      id,
    })
    const full = (last: number) => {
      const most = MAX_NODE_INSTANCES / iterations
      const nodes = [wide('each', most - 12), wide('more', last)]
      const run = new TestRun(graph(nodes, ['each>more']), { list: upTo(iterations) })
      goOn(run)
      return run.state
    }
    const state = full(10)
    expect(state.phase.status).toBe('completed')
    expect(state.instances + state.iterations.size).toBe(MAX_NODE_INSTANCES)
    const above = full(11)
    expect(above.phase).toMatchObject({ status: 'failed', node: 'more', error: { code: 'LOOP_LIMIT' } })
    expect(above.instances + above.iterations.size).toBeLessThanOrEqual(MAX_NODE_INSTANCES)
  })

  it('what a loop gives is at most so many bytes of JSON', () => {
    // Each result is a text in quotes with a comma or bracket before it; one bracket ends the list.
    const piece = MAX_LOOP_OUTPUT_BYTES / 32 - 3
    const of = (more: number) => {
      const result = value('v', '{{ index == 31 ? inputs.last : inputs.x }}')
      const inputs = { x: text(piece), last: text(piece - 1 + more) }
      const run = runOf(each(body([result]), { items: 'range(32)' }), [value('after', 1)], ['each>after'], inputs)
      goOn(run)
      return run.state.phase
    }
    expect(of(0)).toMatchObject({ status: 'completed', output: 1 })
    expect(of(1)).toMatchObject({ status: 'failed', node: 'each', error: { code: 'OUTPUT_TOO_LARGE' } })
  })

  it('the lists of all loops count as what an execution keeps', () => {
    const inner = each(body([value('v', '{{ size(item) }}')]), { items: '[inputs.x, inputs.x]', collect: false })
    const run = runOf(each(body([inner]), { items: 'range(100)', collect: false }), [], [], { x: text(500_000) })
    goOn(run)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_TOO_LARGE' } })
    expect(run.state.keptCharacters).toBeLessThan(MAX_KEPT_CHARACTERS)
  })

  it('so do the configs of what is under way, until it settles', () => {
    const posts = http('post', {
      config: { url: 'https://example.com/', method: 'POST', body: '{{ inputs.x + string(index) }}' },
    })
    const of = (concurrency: number) =>
      runOf(each(body([posts]), { items: 'range(100)', concurrency, collect: false }), [], [], { x: text(500_000) })
    const many = of(100)
    goOn(many)
    expect(many.state.phase).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_TOO_LARGE', cause: { index: 67 } } })
    const few = of(10)
    for (const index of upTo(100)) few.settle(`each[${index}].post`, success())
    expect(few.state.phase.status).toBe('completed')
  })

  it('and are counted as they would be counted anew', () => {
    const run = runOf(each(body([http('fetch'), value('v', '{{ outputs.fetch }}')], ['fetch>v'])), [], [], { list: upTo(5) })
    for (const index of [0, 3]) run.settle(`each[${index}].fetch`, success(text(index)))
    run.settle('each[1].fetch', failure({ retryable: true }))
    const nodes = allRuns(run.state).flatMap((of) => [...of.nodes.values()])
    const lists = nodes.map((node) => ('loop' in node && node.loop !== null ? keptByPlan(node.loop) : 0))
    const kept = [...nodes.map(keptBy), ...lists].reduce((sum, characters) => sum + characters, 0)
    expect(run.state.keptCharacters).toBe(kept)
  })

  it('so do the variables that iterations assign', () => {
    const set = { id: 's', type: 'set-variables', config: { assign: { big: '{{ inputs.x + string(index) }}' } } }
    const run = runOf(each(body([set]), { items: 'range(100)', collect: false }), [], [], { x: text(500_000) })
    goOn(run)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_TOO_LARGE' } })
  })
})

describe('a snapshot', () => {
  it('has a large variable once, however many iterations have a copy with another one changed', () => {
    const set = { id: 's', type: 'set-variables', config: { assign: { n: '{{ index }}' } } }
    const wait = { id: 'd', type: 'delay', config: { delay_seconds: 1 } }
    const run = runOf(each(body([set, wait], ['s>d']), { items: 'range(50)', concurrency: 50 }), [], [], { x: text(100_000) })
    expect(JSON.stringify(takeSnapshot(run.state)).length).toBeLessThan(500_000)
    expect(restored(run)).toEqual(run.state)
  })
})

describe('a value', () => {
  it('that every round passes on is kept by reference, and counted', () => {
    const passes = body([{ id: 'l', type: 'log', config: { message: 'round' } }])
    const given: Json = { a: 1 }
    expect(phaseOf(loop(passes, { initial: given, while: 'iteration < 3' }))).toMatchObject({ output: given })
  })
})
