// `for-each`, as SPEC §4 Loops has it. Each block is a sentence of it.
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_CONCURRENCY, MAX_INLINE_ITEMS } from '../../src/core/limits.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { body, each, failing, goOn, http, nodeAt, restored, runningIn, statusAt, upTo, value } from '../support/loops.ts'
import { failure, graph, success, TestRun } from '../support/run.ts'

const runOver = (list: Json, node: JsonObject, more: readonly JsonObject[] = [], edges: readonly string[] = []) =>
  new TestRun(graph([node, ...more], edges), { list })
const outputOf = (list: Json, node: JsonObject) => runOver(list, node).state.phase
const failed = (code = 'HTTP_STATUS') => failure({ code, message: 'no', retryable: false })

describe('the results', () => {
  it('are in the order of the items, whatever the order in which they came', () => {
    const run = runOver(['a', 'b', 'c'], each(body([http('fetch')])))
    for (const index of [2, 0, 1]) run.settle(`each[${index}].fetch`, success(`result ${index}`))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['result 0', 'result 1', 'result 2'] })
    expect(run.node('each')).toMatchObject({ output: ['result 0', 'result 1', 'result 2'] })
  })

  it('are the final outputs of the body: of its end, of several ends by id, null of none', () => {
    const two = body([value('a', 1), value('b', '{{ item }}')])
    expect(outputOf(['x'], each(two))).toMatchObject({ output: [{ a: 1, b: 'x' }] })
    const end = body([value('a', 1), { id: 'e', type: 'end', config: { output: '{{ outputs.a + 1 }}' } }], ['a>e'])
    expect(outputOf(['x'], each(end))).toMatchObject({ output: [2] })
    const none = body([{ id: 'f', type: 'fail', config: { code: 'X', message: 'm' }, on_error: 'continue' }])
    expect(outputOf(['x'], each(none))).toMatchObject({ status: 'completed', output: [null] })
  })

  it('of an empty list are an empty list, and no iteration begins', () => {
    const run = runOver([], each(body([http('fetch')])), [value('after', '{{ size(input) }}')], ['each>after'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 0 })
    expect(run.told().some((line) => line.startsWith('iteration.'))).toBe(false)
  })

  it('go on over the edges of the node', () => {
    const run = runOver([1, 2], each(body([value('v', '{{ item * 2 }}')])), [value('sum', '{{ sum(input) }}')], ['each>sum'])
    expect(run.state.phase).toMatchObject({ output: 6 })
  })

  it('may hold anything JSON, null, false and the empty text included', () => {
    const items = [null, false, '', 0, [], {}, [[1]]]
    expect(outputOf(items, each(body([value('v', '{{ item }}')])))).toMatchObject({ output: items })
  })

  it('are counts where they are not to be collected', () => {
    const [nodes, edges] = failing('item == 2')
    const counts = each(body(nodes, edges), { collect: false, on_item_error: 'continue' })
    expect(outputOf([1, 2, 3], counts)).toMatchObject({ output: { total: 3, completed: 2, failed: 1 } })
  })
})

describe('items', () => {
  it.each([
    ['an object', { a: 1 }],
    ['text', 'abc'],
    ['a number', 3],
    ['null', null],
  ])('that are %s are INPUT_INVALID', (_, list) => {
    const { phase } = runOver(list, each(body([value('v', 1)]))).state
    expect(phase).toMatchObject({ status: 'failed', node: 'each', error: { code: 'INPUT_INVALID', retryable: false } })
    expect(phase).toMatchObject({ error: { message: expect.stringContaining('must give a list') } })
  })

  it('that cannot be evaluated fail the node by the place', () => {
    const run = runOver([], each(body([value('v', 1)]), { items: 'inputs.nope' }))
    expect(run.state.phase).toMatchObject({ error: { code: 'EXPRESSION_ERROR', message: expect.stringContaining('node each') } })
  })

  it('may come with braces, from outputs, or as a literal', () => {
    const of = (items: string) =>
      new TestRun(graph([value('src', [1, 2]), each(body([value('v', '{{ item }}')]), { items })], ['src>each'])).state.phase
    for (const items of ['{{ outputs.src }}', 'outputs.src', 'input', '[1.0, 2.0]', 'range(3).filter(n, n > 0)'])
      expect(of(items)).toMatchObject({ output: [1, 2] })
  })

  it(`are the execution's own iterations up to ${MAX_INLINE_ITEMS}`, () => {
    const run = runOver(upTo(MAX_INLINE_ITEMS), each(body([value('v', '{{ item }}')])))
    goOn(run)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: upTo(MAX_INLINE_ITEMS) })
    expect(run.state.iterations.size).toBe(MAX_INLINE_ITEMS)
  })
})

describe('names in the body', () => {
  it('`item`, `index`, and `input` of its roots, which a start passes on', () => {
    const seen = value('seen', { item: '{{ item }}', index: '{{ index }}', input: '{{ input }}', value: '{{ value }}' })
    expect(outputOf(['a', 'b'], each(body([seen])))).toMatchObject({
      output: [
        { item: 'a', index: 0, input: 'a', value: 'a' },
        { item: 'b', index: 1, input: 'b', value: 'b' },
      ],
    })
    const behind = body([{ id: 's', type: 'start', config: {} }, value('v', '{{ input }} of {{ outputs.s }}')], ['s>v'])
    expect(outputOf(['a'], each(behind))).toMatchObject({ output: ['a of a'] })
  })

  it('`outputs`: its own nodes first, then the enclosing ones', () => {
    const nodes = [
      value('outer', 'outer'),
      value('both', 'outside'),
      each(body([value('both', 'inside'), value('v', '{{ outputs.both }} {{ outputs.outer }}')], ['both>v'])),
    ]
    const run = new TestRun(graph(nodes, ['outer>each', 'both>each']), { list: [1] })
    expect(run.state.phase).toMatchObject({ output: ['inside outer'] })
  })

  it('an own node that has not run hides the enclosing one of its id', () => {
    const inner = body(
      [
        { id: 'c', type: 'condition', config: { condition: 'false' } },
        value('both', 'inside', {}),
        value('v', '{{ "both" in outputs ? "there" : "absent" }}', { join: 'any' }),
      ],
      ['c:true>both', 'c:false>v', 'both>v'],
    )
    const run = new TestRun(graph([value('both', 'outside'), each(inner)], ['both>each']), { list: [1] })
    expect(run.state.phase).toMatchObject({ output: ['absent'] })
  })

  it('`error` behind an error edge of the body', () => {
    const caught = body([http('fetch'), value('v', '{{ item }}: {{ error.code }}')], ['fetch:error>v'])
    const run = runOver(['a', 'b'], each(caught))
    run.settle('each[0].fetch', failed())
    run.settle('each[1].fetch', success('fine'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['a: HTTP_STATUS', 'fine'] })
  })

  it('`when` of its edges sees the item and what the node gave', () => {
    const edge = { from: 'a', to: 'v', when: 'item > 1 && input == item' }
    const run = runOver([1, 2], each(body([value('a', '{{ item }}'), value('v', 'yes')], [edge])))
    expect(run.state.phase).toMatchObject({ output: [null, 'yes'] })
  })

  it('templates are rendered once per iteration, at its start, with its own item', () => {
    const run = runOver(['x', 'y'], each(body([http('fetch', { retry: { max_attempts: 2, jitter: 'none' } })])))
    const urlOf = (path: string) => nodeAt(run, path)
    expect(urlOf('each[0].fetch')).toMatchObject({ config: { url: 'https://example.com/x' } })
    expect(urlOf('each[1].fetch')).toMatchObject({ config: { url: 'https://example.com/y' } })
    run.settle('each[1].fetch', failure())
    run.wakeAfter(1_000)
    expect(urlOf('each[1].fetch')).toMatchObject({ attempt: 2, config: { url: 'https://example.com/y' } })
  })

  it('`uuid()` is another one in each iteration, and the same again for the same instance', () => {
    const ids = () => {
      const { phase } = runOver([1, 2, 3], each(body([value('v', ['{{ uuid() }}', '{{ uuid() }}'])]))).state
      if (phase.status !== 'completed') throw new Error('it completes')
      return phase.output
    }
    expect(new Set(JSON.parse(JSON.stringify(ids())).flat()).size).toBe(6)
    expect(ids()).toEqual(ids())
  })

  it('`now()` is the moment at which the instance became ready', () => {
    const stamped = body(
      [{ id: 'd', type: 'delay', config: { delay_seconds: '{{ item }}' } }, value('v', '{{ now() }}')],
      ['d>v'],
    )
    const run = runOver([1, 2], each(stamped))
    run.wakeAfter(1_000)
    run.wakeAfter(1_000)
    expect(run.state.phase).toMatchObject({ output: ['2026-01-01T00:00:01.000Z', '2026-01-01T00:00:02.000Z'] })
  })
})

describe('variables', () => {
  const assign = (name: string, given: string) => ({
    id: `set_${name}`,
    type: 'set-variables',
    config: { assign: { [name]: given } },
  })

  it('are a copy per iteration, which ends with it', () => {
    const counted = body([assign('n', '{{ n + item }}'), value('v', '{{ n }}')], ['set_n>v'])
    const definition = graph([each(counted), value('after', '{{ n }}')], ['each>after'], { variables: { n: 10 } })
    const run = new TestRun(definition, { list: [1, 2, 3] })
    expect(run.node('each')).toMatchObject({ output: [11, 12, 13] })
    expect(run.node('after')).toMatchObject({ output: 10 })
    expect(run.state.variables).toMatchObject({ n: 10 })
  })

  it('are those of the enclosing scope at the start of the iteration', () => {
    const sequential = each(body([http('fetch'), value('v', '{{ n }}')], ['fetch>v']), { concurrency: 1 })
    const slow = { ...http('slow'), config: { url: 'https://example.com/' } }
    const definition = graph([sequential, slow, assign('n', '2')], ['slow>set_n'], { variables: { n: '1' } })
    const run = new TestRun(definition, { list: ['a', 'b'] })
    run.settle('slow', success())
    run.settle('each[0].fetch', success())
    run.settle('each[1].fetch', success())
    expect(run.node('each')).toMatchObject({ output: ['1', '2'] })
  })
})

describe('concurrency', () => {
  it.each([1, 3, 10])('%i iterations are under way at once', (concurrency) => {
    const run = runOver(upTo(12), each(body([http('fetch')]), { concurrency }))
    for (let settled = 0; settled < 12; settled += 1) {
      const under = runningIn(run)
      expect(under).toEqual(
        upTo(12)
          .slice(settled, settled + concurrency)
          .map((index) => `each[${index}].fetch`),
      )
      run.settle(`each[${settled}].fetch`, success(settled))
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: upTo(12) })
  })

  it('is 10 where nothing is said, and may be a template', () => {
    expect(runningIn(runOver(upTo(12), each(body([http('fetch')]))))).toHaveLength(10)
    const run = new TestRun(graph([each(body([http('fetch')]), { concurrency: '{{ inputs.n }}' })], []), { list: upTo(12), n: 4 })
    expect(runningIn(run)).toHaveLength(4)
    const tooMany = new TestRun(graph([each(body([http('fetch')]), { concurrency: '{{ inputs.n }}' })], []), {
      list: [1],
      n: MAX_CONCURRENCY + 1,
    })
    expect(tooMany.state.phase).toMatchObject({
      error: { code: 'CONFIG_INVALID', message: expect.stringContaining('concurrency') },
    })
  })

  it(`is at most ${MAX_CONCURRENCY}`, () => {
    const at = (concurrency: number) => runOver([1], each(body([value('v', 1)]), { concurrency })).state.phase.status
    expect(at(MAX_CONCURRENCY)).toBe('completed')
    expect(() => at(MAX_CONCURRENCY + 1)).toThrow('BAD_CONFIG')
  })

  it('a slot of an iteration that waits stays taken', () => {
    const slept = body([{ id: 'd', type: 'delay', config: { delay_seconds: 60 } }])
    const run = runOver([1, 2], each(slept, { concurrency: 1 }))
    expect(run.state.iterations.size).toBe(1)
    run.wakeAfter(60_000)
    expect(run.state.iterations.size).toBe(2)
    run.wakeAfter(60_000)
    expect(run.state.phase.status).toBe('completed')
  })
})

describe('an item that fails', () => {
  const [nodes, edges] = failing('item == "bad"')
  const list = ['a', 'bad', 'c']

  it('by default fails the node with its error, its index and where it was', () => {
    const { phase } = runOver(list, each(body(nodes, edges))).state
    expect(phase).toMatchObject({
      status: 'failed',
      node: 'each',
      error: { code: 'BAD_ITEM', message: 'item bad', retryable: false, cause: { index: 1, node: 'each[1].boom' } },
    })
  })

  it('cancels started siblings, whose settlements are no-ops afterwards', () => {
    const run = runOver(upTo(3), each(body([http('fetch'), value('v', 1)], ['fetch>v'])))
    run.settle('each[1].fetch', failed())
    expect(['each[0].fetch', 'each[2].fetch'].map((path) => statusAt(run, path))).toEqual(['cancelled', 'cancelled'])
    expect(['each[0].v', 'each[1].v', 'each[2].v'].map((path) => statusAt(run, path))).toEqual(['skipped', 'skipped', 'skipped'])
    expect([...run.state.iterations.values()].map(({ phase }) => phase)).toEqual(['cancelled', 'failed', 'cancelled'])
    const { state } = run
    expect(run.settle('each[0].fetch', success()).noOp).toBe('ALREADY_FINISHED')
    expect(run.state).toBe(state)
    expect(run.told()).toContain('iteration.cancelled each')
  })

  it('caught by an error edge of the node leaves late settlements no-ops while the execution goes on', () => {
    const nodes = [each(body([http('fetch')])), { ...http('next'), config: { url: 'https://example.com/' } }]
    const run = new TestRun(graph(nodes, ['each:error>next']), { list: [0, 1] })
    run.settle('each[1].fetch', failed())
    expect(run.settle('each[0].fetch', success()).noOp).toBe('NOT_RUNNING')
    expect(nodeAt(run, 'next')).toMatchObject({ status: 'running' })
    run.settle('next', success('done'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'done' })
  })

  it('begins no further iteration', () => {
    const run = runOver(upTo(5), each(body([http('fetch')]), { concurrency: 2 }))
    run.settle('each[0].fetch', failed())
    expect(run.state.iterations.size).toBe(2)
    expect(run.state.phase.status).toBe('failed')
  })

  it('with `continue` leaves null in its place, and its error in `errors`', () => {
    const run = runOver(list, each(body(nodes, edges), { on_item_error: 'continue' }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['a', null, 'c'] })
    expect(run.state.errors).toMatchObject([{ node: 'each[1].boom', error: { code: 'BAD_ITEM' } }])
    expect(run.node('each')).toMatchObject({ loop: { completed: 2, failed: 1, cancelled: 0 } })
  })

  it('with `drop` leaves nothing in its place', () => {
    expect(outputOf(list, each(body(nodes, edges), { on_item_error: 'drop' }))).toMatchObject({ output: ['a', 'c'] })
    expect(outputOf(['bad'], each(body(nodes, edges), { on_item_error: 'drop' }))).toMatchObject({ output: [] })
  })

  it('ends what else runs in its iteration, and nothing in the others', () => {
    const run = runOver([0, 1], each(body([http('a'), http('b')]), { on_item_error: 'continue' }))
    run.settle('each[0].a', failed())
    expect(statusAt(run, 'each[0].b')).toBe('cancelled')
    expect(run.settle('each[0].b', success()).noOp).toBe('NOT_RUNNING')
    expect(runningIn(run)).toEqual(['each[1].a', 'each[1].b'])
    run.settle('each[1].a', success(1))
    run.settle('each[1].b', success(2))
    expect(run.state.phase).toMatchObject({ output: [null, { a: 1, b: 2 }] })
  })

  it('gives nothing more out in the very transition in which it fails', () => {
    const run = runOver(
      [0],
      each(body([{ id: 'f', type: 'fail', config: { code: 'X', message: 'm' } }, http('b')]), { on_item_error: 'drop' }),
    )
    expect(run.effects).toEqual([])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [] })
  })

  it('lets nothing else of its iteration begin that came due with it', () => {
    const wait = { id: 'w', type: 'wait-for-event', config: { event: 'e', timeout_seconds: 1 } }
    const retried = http('fetch', { retry: { max_attempts: 2, jitter: 'none' } })
    const run = runOver([0], each(body([wait, retried]), { on_item_error: 'continue' }))
    run.settle('each[0].fetch', failure())
    expect(run.wakeAfter(1_000).effects).toEqual([])
    expect(run.told(2)).toEqual(['node.failed each[0].w', 'iteration.failed each', 'node.completed each', 'execution.completed'])
  })

  it('of several the first in the journal is told', () => {
    const run = runOver(upTo(3), each(body([{ id: 'f', type: 'fail', config: { code: 'X', message: '{{ item }}' } }])))
    expect(run.state.phase).toMatchObject({ error: { message: '0', cause: { index: 0, node: 'each[0].f' } } })
    const later = runOver(upTo(3), each(body([http('fetch')]), { on_item_error: 'continue' }))
    later.settle('each[2].fetch', failed())
    later.settle('each[0].fetch', failed())
    expect(later.node('each')).toMatchObject({ loop: { failure: { index: 2 } } })
  })

  it('keeps what the error itself has as its cause', () => {
    const run = runOver([0], each(body([http('fetch')])))
    run.settle('each[0].fetch', failure({ code: 'HTTP_STATUS', status: 500, retryable: true, cause: { excerpt: 'oh' } }))
    expect(run.state.phase).toMatchObject({
      error: { status: 500, retryable: false, cause: { excerpt: 'oh', index: 0, node: 'each[0].fetch' } },
    })
  })

  it('may be gone on from inside: `on_error: continue` of a node of the body', () => {
    const run = runOver(
      [0, 1],
      each(body([http('fetch', { on_error: 'continue' }), value('v', '{{ outputs.fetch == null }}')], ['fetch>v'])),
    )
    run.settle('each[0].fetch', failed())
    run.settle('each[1].fetch', success('x'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [true, false] })
  })
})

describe('the node itself, when it fails', () => {
  const bad = body([{ id: 'f', type: 'fail', config: { code: 'X', message: 'm' } }])

  it('takes its error edge, with the item in the cause', () => {
    const run = runOver([1], each(bad), [value('v', '{{ error.code }} at {{ error.cause.index }}')], ['each:error>v'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'X at 0' })
    expect(run.statuses()).toEqual({ each: 'failed', v: 'completed' })
  })

  it('goes on with null where it is to continue', () => {
    const run = runOver([1], each(bad, {}, { on_error: 'continue' }), [value('v', '{{ input == null }}')], ['each>v'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: true })
  })

  it('is not tried again: its body was', () => {
    expect(() => runOver([1], each(bad, {}, { retry: { max_attempts: 2 } }))).toThrow('BAD_RETRY')
  })
})

describe('inside a body', () => {
  it('a node is retried by its own policy, and its iteration waits', () => {
    const run = runOver(
      [0, 1],
      each(body([http('fetch', { retry: { max_attempts: 2, jitter: 'none', initial_delay_ms: 500 } })])),
    )
    run.settle('each[0].fetch', failure())
    expect(nodeAt(run, 'each[0].fetch')).toMatchObject({ status: 'retrying', failures: 1 })
    run.settle('each[1].fetch', success('b'))
    expect(run.wakeAfter(500).effects).toEqual([{ type: 'node.run', node: 'each[0].fetch', attempt: 2 }])
    run.settle('each[0].fetch', success('a'), 2)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['a', 'b'] })
  })

  it('the policy of the workflow holds too, and its delays are drawn per instance', () => {
    const definition = graph([each(body([{ id: 'fetch', type: 'http', config: { url: 'https://example.com/' } }]))], [], {
      settings: { retry: { max_attempts: 2, initial_delay_ms: 100_000, max_delay_ms: 100_000 } },
    })
    const run = new TestRun(definition, { list: [0, 1] })
    const moments = [0, 1].map((index) => {
      run.settle(`each[${index}].fetch`, failure())
      const node = nodeAt(run, `each[${index}].fetch`)
      return node.status === 'retrying' ? node.resumeAt : null
    })
    expect(moments[0]).not.toBe(moments[1])
  })

  it('a lost attempt is interrupted and given out again', () => {
    const run = runOver([0], each(body([http('fetch')])))
    expect(run.wakeAfter(31_000).effects).toEqual([{ type: 'node.run', node: 'each[0].fetch', attempt: 2 }])
    expect(run.settle('each[0].fetch', success()).noOp).toBe('SUPERSEDED_ATTEMPT')
    run.settle('each[0].fetch', success('late'), 2)
    expect(run.state.phase).toMatchObject({ output: ['late'] })
  })

  it('a join decides per iteration, and `cancel_rest` ends the rest of that one', () => {
    const raced = body(
      [http('a'), http('b'), value('first', '{{ input }}', { join: 'any', cancel_rest: true })],
      ['a>first', 'b>first'],
    )
    const run = runOver([0, 1], each(raced))
    run.settle('each[0].b', success('b'))
    expect(statusAt(run, 'each[0].a')).toBe('cancelled')
    expect(runningIn(run)).toEqual(['each[1].a', 'each[1].b'])
    run.settle('each[1].a', success('a'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['b', 'a'] })
  })

  it('`cancel_rest` around a loop cancels what runs in it', () => {
    const nodes = [
      each(body([http('fetch')])),
      { ...http('quick'), config: { url: 'https://example.com/' } },
      value('first', 1, { join: 'any', cancel_rest: true }),
    ]
    const run = new TestRun(graph(nodes, ['each>first', 'quick>first']), { list: [0, 1] })
    run.settle('quick', success())
    expect(run.state.phase.status).toBe('completed')
    expect(run.node('each')).toMatchObject({ status: 'cancelled', loop: { started: 2, cancelled: 2 } })
    expect(statusAt(run, 'each[0].fetch')).toBe('cancelled')
  })

  it('a body without a root that runs is skipped as a graph is', () => {
    const off = body([{ id: 'c', type: 'condition', config: { condition: 'item > 1' } }, value('v', 'yes')], ['c:true>v'])
    expect(outputOf([1, 2], each(off))).toMatchObject({ output: [null, 'yes'] })
  })
})

describe('the execution around it', () => {
  it('its timeout ends everything in the iterations', () => {
    const run = new TestRun(graph([each(body([http('fetch')]))], [], { settings: { timeout_seconds: 5 } }), { list: [0] })
    run.wakeAfter(5_000)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXECUTION_TIMEOUT' }, node: null })
    expect(statusAt(run, 'each[0].fetch')).toBe('cancelled')
    expect(run.node('each').status).toBe('cancelled')
  })

  it('a cancellation too, and a failure beside the loop', () => {
    const run = runOver([0], each(body([http('fetch')])))
    run.cancel()
    expect(statusAt(run, 'each[0].fetch')).toBe('cancelled')
    const beside = new TestRun(
      graph([each(body([http('fetch')])), { ...http('other'), config: { url: 'https://example.com/' } }], []),
      { list: [0] },
    )
    beside.settle('other', failed())
    expect(beside.state.phase).toMatchObject({ status: 'failed', node: 'other' })
    expect(statusAt(beside, 'each[0].fetch')).toBe('cancelled')
  })

  it('a pause begins no iteration; resume goes on', () => {
    const run = runOver(upTo(3), each(body([http('fetch')]), { concurrency: 1 }))
    run.send({ type: 'pause', by: 'admin', reason: null })
    run.settle('each[0].fetch', success('a'))
    expect(run.state.iterations.size).toBe(1)
    run.send({ type: 'resume', by: 'admin' })
    expect(runningIn(run)).toEqual(['each[1].fetch'])
    run.settle('each[1].fetch', success('b'))
    run.settle('each[2].fetch', success('c'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['a', 'b', 'c'] })
  })

  it('`execution_path` has the nodes of the top level alone', () => {
    expect(runOver([1, 2], each(body([value('v', 1)]))).state.path).toEqual(['each'])
  })

  it('a disabled for-each passes its input on', () => {
    const run = new TestRun(graph([value('src', 7), each(body([value('v', 1)]), {}, { disabled: true })], ['src>each']), {})
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 7 })
  })
})

describe('a workflow in place of a body', () => {
  it('is one child per item, with the item as inputs, and gives their outputs', () => {
    const node = { id: 'each', type: 'for-each', config: { items: 'inputs.list', workflow_id: 'ship' } }
    const run = runOver([{ id: 1 }, { id: 2 }], node)
    expect(nodeAt(run, 'each[1].run')).toMatchObject({ status: 'running', config: { workflow_id: 'ship', inputs: { id: 2 } } })
    for (const index of [0, 1]) {
      run.settle(`each[${index}].run`, { kind: 'child', executionId: `child${index}` })
      const parent = { executionId: run.state.identity.executionId, epoch: 1, node: `each[${index}].run`, failures: 0 }
      run.send({ type: 'child_ended', parent, executionId: `child${index}`, end: { status: 'completed', output: index } })
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [0, 1] })
  })

  it('its inputs see item and index', () => {
    const config = { items: 'inputs.list', workflow_id: 'ship', inputs: { of: '{{ item }}', nr: '{{ index }}' } }
    const run = runOver(['a'], { id: 'each', type: 'for-each', config })
    expect(nodeAt(run, 'each[0].run')).toMatchObject({ config: { inputs: { of: 'a', nr: 0 } } })
  })

  it('a failed sibling cancels the children of the others', () => {
    const run = runOver([{}, {}], { id: 'each', type: 'for-each', config: { items: 'inputs.list', workflow_id: 'ship' } })
    run.settle('each[0].run', { kind: 'child', executionId: 'child0' })
    const { effects } = run.settle('each[1].run', failure({ code: 'CHILD_FAILED', retryable: false }))
    expect(effects).toEqual([{ type: 'child.cancel', executionId: 'child0' }])
    expect(run.state.orphans).toEqual(['child0'])
  })
})

describe('what is remembered', () => {
  function midway(): TestRun {
    const nodes = [
      value('src', 'outer'),
      each(body([http('fetch'), value('v', '{{ outputs.fetch }} {{ outputs.src }} {{ n }}')], ['fetch>v']), {
        concurrency: 2,
        on_item_error: 'continue',
      }),
    ]
    const run = new TestRun(graph(nodes, ['src>each'], { variables: { n: 1 } }), { list: upTo(4) })
    run.settle('each[1].fetch', success('b'))
    run.settle('each[0].fetch', failed())
    return run
  }

  it('is the same from a snapshot in the middle, and goes on from there alike', () => {
    const run = midway()
    expect(restored(run)).toEqual(run.state)
    run.state = restored(run)
    run.settle('each[2].fetch', success('c'))
    run.settle('each[3].fetch', success('d'))
    expect(run.state.phase).toMatchObject({ output: [null, 'b outer 1', 'c outer 1', 'd outer 1'] })
  })

  it('is what the journal tells, row by row', () => {
    const run = midway()
    run.settle('each[2].fetch', success('c'))
    run.settle('each[3].fetch', success('d'))
    expect(foldEntries(null, run.journal, nodeTypes)).toEqual(run.state)
    expect(restored(run)).toEqual(run.state)
    const parts = run.journal.reduce<ReturnType<typeof foldEntries> | null>(
      (state, entry) => foldEntries(state, [entry], nodeTypes),
      null,
    )
    expect(parts).toEqual(run.state)
  })
})
