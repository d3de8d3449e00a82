// Loops with everything else around and inside them: joins, switches, crashes, retries of items, lists that change meanwhile.
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../../src/core/apply.ts'
import { nodeTypes } from '../../../src/nodes/registry.ts'
import { body, each, goOn, loop, nodeAt, runningIn, statusAt, upTo, value } from '../../support/loops.ts'
import { failure, graph, success, TestRun } from '../../support/run.ts'
import { assign, call, delay, everySeconds, FINAL, givenOut, keyOf, PAUSE, RESUME, ringAt } from '../../support/scenario.ts'

const fetches = each(body([call('f')]), { concurrency: 5 })
const at = (index: number, node = 'f') => `each[${index}].${node}`

describe('items that fail', () => {
  it('have their retries first, also where the loop would go on without them', () => {
    const nodes = [call('f', { retry: everySeconds(1, { max_attempts: 2 }) })]
    const run = new TestRun(graph([each(body(nodes), { on_item_error: 'continue' })], []), { list: [1, 2] })
    for (const index of [0, 1]) run.settle(at(index), failure())
    expect(run.node('each').status).toBe('iterating')
    ringAt(run, 1)
    run.settle(at(0), success('A'), 2)
    run.settle(at(1), failure(), 2)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['A', null] })
  })

  it.each([
    ['continue', [null, null, null]],
    ['drop', []],
  ])('all of them: with `%s` the loop completes', (onItemError, output) => {
    const run = new TestRun(graph([each(body([call('f')]), { on_item_error: onItemError })], []), { list: upTo(3) })
    for (const index of upTo(3)) run.settle(at(index), FINAL)
    expect(run.state.phase).toMatchObject({ status: 'completed', output })
  })

  it('one of five: started siblings are cancelled, nodes that had not begun skipped; the error edge goes on', () => {
    const of = body([call('f'), call('g')], ['f>g'])
    const run = new TestRun(graph([each(of, { concurrency: 4 }), value('z', '{{ error.code }}')], ['each:error>z']), {
      list: upTo(5),
    })
    run.settle(at(0), success())
    run.settle(at(2), FINAL)
    expect([0, 1, 2, 3].map((index) => [statusAt(run, at(index)), statusAt(run, at(index, 'g'))])).toEqual([
      ['completed', 'cancelled'],
      ['cancelled', 'skipped'],
      ['failed', 'skipped'],
      ['cancelled', 'skipped'],
    ])
    expect(run.state.iterations.size).toBe(4)
    expect(nodeAt(run, 'each')).toMatchObject({
      error: { code: 'HTTP_STATUS', retryable: false, cause: { index: 2, node: 'each[2].f' } },
    })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'HTTP_STATUS' })
  })
})

describe('concurrency', () => {
  it('1 is one after the other', () => {
    const run = new TestRun(graph([each(body([call('f')]), { concurrency: 1 })], []), { list: upTo(3) })
    for (const index of upTo(3)) {
      expect(runningIn(run)).toEqual([at(index)])
      expect(givenOut(run.settle(at(index), success()))).toEqual(index < 2 ? [at(index + 1)] : [])
    }
    expect(run.state.phase.status).toBe('completed')
  })
})

describe('a crash with three of ten done and two under way', () => {
  it('repeats these two under the same keys, and none of the three', () => {
    const run = new TestRun(graph([each(body([call('f')]), { concurrency: 2 })], []), { list: upTo(10) })
    for (const index of [0, 1, 2]) run.settle(at(index), success(index))
    run.state = foldEntries(null, run.journal, nodeTypes) ?? run.state
    expect(runningIn(run)).toEqual([at(3), at(4)])
    expect(givenOut(ringAt(run, 30))).toEqual([at(3), at(4)])
    expect([3, 4].map((index) => keyOf(run, at(index)))).toEqual(['each[3].f.1', 'each[4].f.1'])
    for (const index of [3, 4]) run.settle(at(index), success(index), 2)
    for (const index of upTo(10).slice(5)) run.settle(at(index), success(index))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: upTo(10) })
  })
})

describe('the list', () => {
  it('is read once: what the variable becomes meanwhile is nothing to it', () => {
    const run = new TestRun(
      graph([each(body([call('f')]), { items: 'left', concurrency: 1 }), delay('d', 5), assign('set', { left: [] })], ['d>set'], {
        variables: { left: [1, 2, 3] },
      }),
    )
    run.settle(at(0), success(1))
    ringAt(run, 5)
    expect(run.state.variables).toEqual({ left: [] })
    run.settle(at(1), success(2))
    run.settle(at(2), success(3))
    expect(run.state.outputs.each).toEqual([1, 2, 3])
  })

  it('is read anew in each round of a loop around it', () => {
    const inner = each(body([value('v', '{{ item * 10 }}')]), { items: 'range(iteration + 1)' })
    const run = new TestRun(graph([loop(body([inner]), { while: 'iteration < 3' })], []))
    expect(run.state.phase).toMatchObject({ output: [0, 10, 20] })
  })
})

describe('bodies that branch', () => {
  it('decide for themselves: a switch, a join of any, an end that is skipped', () => {
    const nodes = [
      { id: 's', type: 'switch', config: { on: 'item', cases: { a: 'a', b: 'b' } } },
      value('x', 'X'),
      value('y', 'Y'),
      { id: 'j', type: 'merge', config: { mode: 'first' }, join: 'any' },
      { id: 'e', type: 'end', config: {} },
    ]
    const of = body(nodes, ['s:a>x', 's:b>y', 'x>j', 'y>j', 'j>e'])
    const run = new TestRun(graph([each(of)], []), { list: ['b', 'c', 'a'] })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['Y', null, 'X'] })
    expect(statusAt(run, 'each[1].e')).toBe('skipped')
  })
})

describe('a loop as a branch', () => {
  it('holds a join of all up until its list is whole', () => {
    const run = new TestRun(graph([fetches, value('b', 'B'), { id: 'j', type: 'end', config: {} }], ['each>j', 'b>j']), {
      list: [1, 2],
    })
    run.settle(at(1), success(2))
    expect(run.node('j').status).toBe('pending')
    run.settle(at(0), success(1))
    expect(run.state.phase).toMatchObject({ output: { each: [1, 2], b: 'B' } })
  })
})

describe('`loop`', () => {
  const counting = (
    rounds: number,
    of: readonly [ReturnType<typeof value>[], string[]] = [[value('v', '{{ state + 1 }}')], []],
  ) => loop(body(...of), { while: `iteration < ${rounds}`, initial: 0 })

  it.each([500, 1_000])('of %d rounds of pure nodes runs its body exactly so often', (rounds) => {
    const run = new TestRun(graph([counting(rounds)], []))
    expect(goOn(run)).toBeGreaterThanOrEqual(rounds === 1_000 ? 1 : 0)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: rounds })
    expect(run.told().filter((line) => line.startsWith('node.completed loop['))).toHaveLength(rounds)
  })

  it('that fails in its second round tells no state of the first as its output', () => {
    const nodes = [
      { id: 'c', type: 'condition', config: { condition: 'iteration == 1' } },
      { id: 'boom', type: 'fail', config: { code: 'BOOM', message: 'm' } },
      value('ok', 'first'),
    ]
    const run = new TestRun(graph([counting(3, [nodes, ['c:true>boom', 'c:false>ok']])], []))
    expect(run.state.phase).toMatchObject({
      status: 'failed',
      error: { code: 'BOOM', cause: { index: 1, node: 'loop[1].boom' } },
    })
    expect(run.state.outputs).toEqual({})
  })

  it('shows what it assigns in `while`, in the next round and after it; a for-each inside does not', () => {
    const inner = each(body([assign('lost', { n: 100 })]), { items: '[1]' })
    const nodes = [assign('inc', { n: '{{ n + 1 }}' }), inner]
    const run = new TestRun(
      graph([loop(body(nodes, ['inc>each']), { while: 'n < 3' }), value('z', '{{ n }}')], ['loop>z'], { variables: { n: 0 } }),
    )
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 3 })
  })
})

describe('a pause', () => {
  const [one, two] = [body([call('f')]), body([call('f'), call('g')], ['f>g'])]
  const pausedAfterFirst = (of: typeof one) => {
    const run = new TestRun(graph([each(of, { concurrency: 1 })], []), { list: [1, 2] })
    run.send(PAUSE)
    run.settle(at(0), success())
    return run
  }

  it('begins no iteration until the resume', () => {
    const run = pausedAfterFirst(one)
    expect([...run.state.iterations.keys()]).toEqual(['each[0]'])
    expect(givenOut(run.send(RESUME))).toEqual([at(1)])
  })

  it('begins nothing in an iteration either', () => {
    const run = pausedAfterFirst(two)
    expect(statusAt(run, at(0, 'g'))).toBe('pending')
    expect(givenOut(run.send(RESUME))).toEqual([at(0, 'g')])
  })
})
